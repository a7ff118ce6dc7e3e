import type { GuardProcess } from './guard-process.ts'

/** Switches as the admin API tells them, as far as tests look. */
export type ToldSwitches = {
  readonly version: number
  readonly switches: readonly {
    readonly id: string
    readonly mode?: string
    readonly rollout?: number
    readonly confirmed: boolean
    readonly until?: string
  }[]
  readonly degraded: readonly string[]
}

type Admin = Pick<GuardProcess, 'adminUrl' | 'token'>

/** Writes to the switches of a guard over the network, for a version of them. */
export const writeSwitches = async (
  { adminUrl, token }: Admin,
  method: string,
  path: string,
  body: object,
  version: number | '*',
): Promise<{ readonly status: number; readonly body: ToldSwitches }> => {
  const answer = await fetch(`${adminUrl}/api/v1/switches${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'if-match': version === '*' ? '*' : `"${version}"`,
    },
    body: JSON.stringify(body),
  })
  // The guard's own JSON.
  return { status: answer.status, body: (await answer.json()) as ToldSwitches }
}

/** The switches of a guard. */
export const readSwitches = async ({ adminUrl, token }: Admin): Promise<ToldSwitches> => {
  const answer = await fetch(`${adminUrl}/api/v1/switches`, {
    headers: { authorization: `Bearer ${token}` },
  })
  return (await answer.json()) as ToldSwitches
}
