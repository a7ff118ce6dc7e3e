import { expect } from 'vitest'
import { EMPTY_SWITCH_SET, type SwitchSet } from '../../src/core/switches.ts'
import type { AdminParts, SwitchView } from '../../src/http/admin/parts.ts'
import { adminParts, anAdmin, rememberedAudit } from './an-admin.ts'
import { createFakeClock } from './clock.ts'
import { createMemoryBoard, someSwitches } from './some-switches.ts'

const AT = '/api/v1/switches'

/** Switches as the admin API tells them. */
type Told = {
  readonly version: number
  readonly switches: readonly { readonly id: string; readonly [field: string]: unknown }[]
  readonly degraded: readonly string[]
}

/** A rule as the API shows it; enforced for all unless told. */
export const rule = (id: string, over: Partial<SwitchView> = {}): SwitchView => ({
  id,
  does: 'deny',
  mode: 'enforce',
  rollout: 100,
  written: { mode: 'enforce', rollout: 100 },
  why: undefined,
  file: 'a.yaml',
  line: 1,
  ...over,
})

/** An admin over rules `r-1` and `deny-hosting` and limit `daily`, with the switches of a board in memory. */
export const switchScene = (
  start: SwitchSet = EMPTY_SWITCH_SET,
  { rules = [], ...parts }: Partial<AdminParts> & { readonly rules?: readonly SwitchView[] } = {},
) => {
  const clock = createFakeClock(1_800_000_000_000)
  const board = createMemoryBoard(start)
  const audit = rememberedAudit()
  const { policy } = adminParts()
  const written = { mode: 'shadow', rollout: 10 } as const
  const view = {
    ...policy.view(),
    rules: [rule('r-1'), rule('deny-hosting'), ...rules],
    limits: [rule('daily', { mode: 'shadow', rollout: 10, written })],
  }
  const switches = someSwitches(board, clock)
  const call = anAdmin({
    clock,
    audit,
    switches,
    policy: { ...policy, view: () => view },
    ...parts,
  })
  const write = (
    method: string,
    path: string,
    body: object,
    ifMatch: string | undefined = '*',
    token?: string,
  ): Promise<Response> =>
    call(method, AT + path, {
      body: JSON.stringify(body),
      headers: ifMatch === undefined ? {} : { 'if-match': ifMatch },
      ...(token === undefined ? {} : { token }),
    })
  const told = async (answer: Promise<Response>): Promise<Told> => {
    const response = await answer
    expect(response.status).toBe(200)
    const body = (await response.json()) as Told
    expect(response.headers.get('etag')).toBe(`"${body.version}"`)
    return body
  }
  return { clock, board, audit, call, switches, write, told, list: () => told(call('GET', AT)) }
}

/** A refusal as its status, its code and what it says. */
export const problemOf = async (answer: Promise<Response>): Promise<string> => {
  const response = await answer
  const { type, detail = '' } = (await response.json()) as { type: string; detail?: string }
  return `${response.status} ${type.replace('urn:stillwatch:problem:', '')}: ${detail}`
}
