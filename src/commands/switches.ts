import { askAdmin } from './ask-admin.ts'
import { paintFor } from './campaigns-paint.ts'
import { EXIT, type ExitCode } from './exit.ts'
import type { Streams } from './serve.ts'
import { harmText } from './switches-harm-text.ts'
import { switchesText, switchLine } from './switches-text.ts'
import { harmAnswer, switchesAnswer, type ToldHarm, type ToldSwitches } from './switches-wire.ts'

/** What every `switches` command is told. */
export type SwitchesOptions = {
  readonly json: boolean
  /** URL of a running guard: it keeps the switches. */
  readonly admin: string
}

/** What the commands need of the rest. */
export type SwitchesGround = {
  readonly streams: Streams
  readonly nowMs?: (() => number) | undefined
}

/** A change of one switch, or of all. */
type Change = {
  readonly path: string
  readonly method: 'POST' | 'PUT' | 'DELETE'
  readonly write: object
}

type Asked =
  | { readonly ok: true; readonly told: ToldSwitches }
  | {
      readonly ok: false
      readonly exit: ExitCode
      readonly what: string
      readonly isStale: boolean
      /** Why it has to be confirmed. */
      readonly harm?: ToldHarm | undefined
    }

const AT = '/api/v1/switches'
/** Others switch other rules at the same time; they are no reason to give up. */
const TRIES = 8
/** A guard weighs for ten seconds at most what may refuse customers. */
const WRITE_DEADLINE_MS = 30_000

const ask = async (admin: string, change?: Change, ifMatch?: string): Promise<Asked> => {
  const answer = await askAdmin(admin, change?.path ?? AT, process.env, change?.write, {
    method: change?.method,
    ifMatch,
    ...(change !== undefined && { deadlineMs: WRITE_DEADLINE_MS }),
  })
  if (!answer.ok) {
    const { exit, what, conflict, isStale = false, problem } = answer
    const harm = harmAnswer.safeParse(problem).data
    return { ok: false, exit, what: conflict ?? what, isStale, harm }
  }
  const parsed = switchesAnswer.safeParse(answer.body)
  if (parsed.success) return { ok: true, told: parsed.data }
  const what = `what answers at ${new URL(admin).origin} does not speak of switches as this version does`
  return { ok: false, exit: EXIT.failed, what, isStale: false }
}

const refuse = ({ streams }: SwitchesGround, what: string, exit: ExitCode): ExitCode => {
  streams.err.write(`stillwatch: ${what}\n`)
  return exit
}

const nowOf = (ground: SwitchesGround): number => (ground.nowMs ?? Date.now)()

/** Says why a change was not made; of one that has to be confirmed, whom it would refuse. */
const notMade = (ground: SwitchesGround, made: Extract<Asked, { ok: false }>): ExitCode => {
  const { harm, what, exit } = made
  if (harm === undefined) return refuse(ground, what, exit)
  const { err } = ground.streams
  err.write(harmText(harm, { nowMs: nowOf(ground), paint: paintFor(err) }))
  return exit
}

/** Lists what is switched. */
export const listSwitches = async (
  { json, admin }: SwitchesOptions,
  ground: SwitchesGround,
): Promise<ExitCode> => {
  const asked = await ask(admin)
  if (!asked.ok) return refuse(ground, asked.what, asked.exit)
  const { out } = ground.streams
  const about = { nowMs: nowOf(ground), paint: paintFor(out) }
  out.write(json ? `${JSON.stringify(asked.told)}\n` : switchesText(asked.told, about))
  return EXIT.done
}

/** The switch of an id, as a text to compare. */
const textOf = ({ switches }: ToldSwitches, id: string): string =>
  JSON.stringify(switches.find((one) => one.id === id) ?? null)

/** Makes a change of one switch as it stands, again where others changed another one meanwhile. */
const make = async (
  { json, admin, id }: SwitchesOptions & { readonly id: string },
  ground: SwitchesGround,
  change: Change,
): Promise<ExitCode> => {
  let before = await ask(admin)
  if (!before.ok) return refuse(ground, before.what, before.exit)
  const meantFor = textOf(before.told, id)
  for (let left = TRIES; ; left--) {
    const made = await ask(admin, change, `"${before.told.version}"`)
    if (made.ok) {
      const { told } = made
      ground.streams.out.write(
        json ? `${JSON.stringify(told)}\n` : switchLine(id, told, nowOf(ground)),
      )
      return EXIT.done
    }
    if (!made.isStale || left === 0) return notMade(ground, made)
    before = await ask(admin)
    if (!before.ok) return refuse(ground, before.what, before.exit)
    if (textOf(before.told, id) !== meantFor) return refuse(ground, made.what, made.exit)
  }
}

const pathOf = (id: string): string => `${AT}/${encodeURIComponent(id)}`

/** Switches a rule or limit. */
export const setSwitch = (
  options: SwitchesOptions & {
    readonly id: string
    readonly mode?: string | undefined
    readonly rollout?: number | undefined
    readonly for?: string | undefined
    readonly why: string
    readonly confirm: boolean
  },
  ground: SwitchesGround,
): Promise<ExitCode> => {
  const { id, mode, rollout, for: lasting, why, confirm } = options
  if (mode === undefined && rollout === undefined) {
    return Promise.resolve(refuse(ground, 'write --mode, --rollout or both', EXIT.usage))
  }
  const write = { mode, rollout, for: lasting, why, confirm }
  return make(options, ground, { path: pathOf(id), method: 'PUT', write })
}

type OfOne = SwitchesOptions & { readonly id: string; readonly why?: string | undefined }

/** Lets a switch stay that would return by itself. */
export const confirmSwitch = (options: OfOne, ground: SwitchesGround): Promise<ExitCode> => {
  const { id, why } = options
  return make(options, ground, { path: `${pathOf(id)}/confirm`, method: 'POST', write: { why } })
}

/** Takes a switch back. */
export const clearSwitch = (
  options: OfOne & { readonly confirm: boolean },
  ground: SwitchesGround,
): Promise<ExitCode> => {
  const { id, why, confirm } = options
  return make(options, ground, { path: pathOf(id), method: 'DELETE', write: { why, confirm } })
}

/** Takes all switches back, whatever they are by now. */
export const resetSwitches = async (
  options: SwitchesOptions & { readonly why?: string | undefined; readonly confirm: boolean },
  ground: SwitchesGround,
): Promise<ExitCode> => {
  const { why, confirm } = options
  const change: Change = { path: `${AT}/reset`, method: 'POST', write: { why, confirm } }
  const made = await ask(options.admin, change, '*')
  if (!made.ok) return notMade(ground, made)
  const { out } = ground.streams
  const about = { nowMs: nowOf(ground), paint: paintFor(out) }
  out.write(options.json ? `${JSON.stringify(made.told)}\n` : switchesText(made.told, about))
  return EXIT.done
}
