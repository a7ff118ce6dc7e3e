import type { z } from 'zod'
import { askAdmin } from './ask-admin.ts'
import { wordOf } from './campaigns-words.ts'
import { EXIT, type ExitCode } from './exit.ts'
import type { Streams } from './serve.ts'

/** What every command is told that speaks to a running guard and to nothing else. */
export type GuardOptions = {
  readonly json: boolean
  /** URL of the guard's admin listener. */
  readonly admin: string
}

/** What such a command needs of the rest. */
export type GuardGround = {
  readonly streams: Streams
  readonly nowMs?: (() => number) | undefined
}

/** The time by which ages are told. */
export const nowOf = (ground: GuardGround): number => (ground.nowMs ?? Date.now)()

/**
 * Asks a guard, or has it change something, and prints what it says: as JSON, or by `print`. What goes
 * wrong is one sentence. `speaksOf` names the resource where an older guard answers.
 */
export const askAndPrint = async <S extends z.ZodType>(
  { json, admin }: GuardOptions,
  { streams }: GuardGround,
  question: {
    readonly path: string
    readonly write?: object
    readonly schema: S
    readonly speaksOf: string
  },
  print: (value: z.output<S>) => string,
): Promise<ExitCode> => {
  const answer = await askAdmin(admin, question.path, process.env, question.write)
  if (!answer.ok) {
    streams.err.write(`stillwatch: ${answer.conflict ?? answer.what}\n`)
    return answer.exit
  }
  const parsed = question.schema.safeParse(answer.body)
  if (!parsed.success) {
    const at = new URL(admin).origin
    streams.err.write(
      `stillwatch: what answers at ${at} does not speak of ${question.speaksOf} as this version does\n`,
    )
    return EXIT.failed
  }
  streams.out.write(json ? `${JSON.stringify(parsed.data)}\n` : print(parsed.data))
  return EXIT.done
}

/** A page of a list: its path, and the options that ask for the pages after it. */
export const pageOf = (
  at: string,
  admin: string,
  filters: { readonly [name: string]: string | undefined },
): { readonly path: string; readonly source: string } => {
  const given = Object.entries(filters).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  )
  const again = given.filter(([name]) => name !== 'after')
  return {
    path: `${at}?${new URLSearchParams(Object.fromEntries(given)).toString()}`,
    source: [
      ` --admin ${wordOf(admin)}`,
      ...again.map(([name, value]) => ` --${name} ${wordOf(value)}`),
    ].join(''),
  }
}
