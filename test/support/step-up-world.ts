import { createHmac } from 'node:crypto'
import { createAnswering, type Answering } from '../../src/challenges/answering.ts'
import { createClearanceTable, type ClearanceTable } from '../../src/challenges/clearance-table.ts'
import { decideHere } from '../../src/challenges/decide-here.ts'
import { issuedText } from '../../src/challenges/issued-text.ts'
import { createSeals } from '../../src/challenges/seal.ts'
import type { Challenge, ClearanceLedger, Issued } from '../../src/core/challenge.ts'
import { LedgerFailure } from '../../src/core/ledger.ts'
import { aClearanceId } from './a-clearance.ts'
import { createFakeClock } from './clock.ts'

/** A step-up of account `acct_1`, issued now and open for an hour, whose clearance lasts a day. */
export const aStepUp = (nowMs: number, over: Partial<Issued> = {}): Issued => ({
  id: aClearanceId(),
  kind: 'step_up',
  subject: 'a:acct_1',
  issuedMs: nowMs,
  expiresMs: nowMs + 3_600_000,
  lifetimeMs: 86_400_000,
  bound: {},
  difficulty: 1,
  decision: '01k0000000000000000000',
  rule: 'confirm-who-you-are',
  network: 'n'.repeat(22),
  stack: '',
  ...over,
})

/** Challenges that are sealed, answered and written down as in a guard, in memory. */
export type StepUpWorld = {
  readonly clock: ReturnType<typeof createFakeClock>
  readonly table: ClearanceTable
  readonly ledger: ClearanceLedger & { readonly fail: (isFailing: boolean) => void }
  readonly answering: Answering
  /** The same over another ledger. */
  readonly seal: (issued: Issued) => string
}

export const createStepUpWorld = (
  options: {
    readonly table?: ClearanceTable
    readonly ledgerTable?: ClearanceTable
    readonly challenges?: readonly Challenge[]
  } = {},
): StepUpWorld => {
  const clock = createFakeClock()
  const { table = createClearanceTable(), ledgerTable = table, challenges = [] } = options
  let isFailing = false
  const check = (): void => {
    if (isFailing) throw new LedgerFailure('unreachable', 'gone')
  }
  const ledger = {
    claim: async (clearance, answerableUntilMs) => {
      check()
      const write = (): void => void ledgerTable.take(clearance)
      return decideHere({
        table: ledgerTable,
        clearance,
        answerableUntilMs,
        nowMs: clock.now(),
        write,
      })
    },
    of: async (subject) => {
      check()
      return ledgerTable.of(subject, clock.now())
    },
    put: async (clearance) => {
      check()
      ledgerTable.take(clearance)
    },
    fail: (isIt) => {
      isFailing = isIt
    },
  } satisfies StepUpWorld['ledger']
  const seals = createSeals({ rootKey: Buffer.alloc(32, 3) })
  const answering = createAnswering({
    seals,
    clock,
    challenges: new Map(challenges.map((challenge) => [challenge.kind, challenge])),
    clearances: table,
    ledger,
    onGranted: () => undefined,
  })
  const seal = seals.of('challenge')
  return {
    clock,
    table,
    ledger,
    answering,
    seal: (issued) => seal.seal(issuedText(issued)),
  }
}

/** Signs a webhook as a console would, by the words of Standard Webhooks alone. */
export const signedWebhook = (
  message: object | string,
  about: {
    readonly secret: string | Buffer
    readonly nowMs: number
    readonly id?: string
  },
): { readonly rawHeaders: readonly string[]; readonly body: Buffer } => {
  const { secret, nowMs, id = 'msg_2KWPBgLlAfxdpx2AI54pPJ85f4W' } = about
  const text = typeof message === 'string' ? message : JSON.stringify(message)
  const timestamp = String(Math.floor(nowMs / 1_000))
  const signature = createHmac('sha256', secret)
    .update(`${id}.${timestamp}.${text}`)
    .digest('base64')
  return {
    rawHeaders: [
      'Content-Type',
      'application/json',
      'Webhook-Id',
      id,
      'Webhook-Timestamp',
      timestamp,
      'Webhook-Signature',
      `v1,${signature}`,
    ],
    body: Buffer.from(text),
  }
}
