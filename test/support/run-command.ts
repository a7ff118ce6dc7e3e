import { PassThrough } from 'node:stream'
import { Command, CommanderError } from 'commander'
import { vi } from 'vitest'
import type { GuardGround } from '../../src/commands/ask-and-print.ts'
import type { ExitCode } from '../../src/commands/exit.ts'

/** What a command came to. */
export type Ran = { readonly status: number | null; readonly out: string; readonly err: string }

/** A stream, and what was written to it. */
export const collected = (): { readonly stream: PassThrough; readonly text: () => string } => {
  const stream = new PassThrough()
  let text = ''
  stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
  return { stream, text: () => text }
}

type Add = (
  program: Command,
  ground: GuardGround,
  run: (work: () => Promise<ExitCode>) => Promise<void>,
) => void

/** Runs a command as the command line builds it, in this process, with this token. */
export const runCommand = async (
  add: Add,
  args: readonly string[],
  { token, nowMs }: { readonly token: string; readonly nowMs: () => number },
): Promise<Ran> => {
  vi.unstubAllEnvs()
  vi.stubEnv('STILLWATCH_TOKEN', token)
  const out = collected()
  const err = collected()
  let status: number | null = null
  const program = new Command('stillwatch')
    .exitOverride()
    .configureOutput({ writeErr: (text) => void err.stream.write(text) })
  const ground = { streams: { out: out.stream, err: err.stream }, nowMs }
  add(program, ground, async (work) => void (status = await work()))
  try {
    await program.parseAsync(['node', 'stillwatch', ...args])
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    // As the command line does.
    status = error.exitCode === 0 ? 0 : 2
  }
  return { status, out: out.text(), err: err.text() }
}
