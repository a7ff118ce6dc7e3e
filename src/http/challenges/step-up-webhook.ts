import { stepUpAnswer } from '../../challenges/step-up-answer.ts'
import { MAX_WEBHOOK_BYTES, type StepUp } from '../../challenges/step-up.ts'
import { toFault } from '../../core/fault.ts'
import type { Exchange } from '../../core/seams.ts'
import type { OnBad } from './parts.ts'
import { refuseFault } from './refusals.ts'
import { bytesOf, type Reply } from './reply.ts'

/**
 * Takes the operator's word on a step-up, bytes as they came. The function rejects with `client_gone`
 * only, and with what nobody foresaw.
 */
export const createStepUpTaking =
  (
    stepUp: Pick<StepUp, 'receive'>,
    onBad: OnBad | undefined,
  ): ((exchange: Exchange) => Promise<Reply>) =>
  async (exchange) => {
    try {
      const body = await exchange.readBody(MAX_WEBHOOK_BYTES)
      const outcome = await stepUp.receive({ rawHeaders: exchange.rawHeaders, body })
      const { status, json, retryAfterMs } = stepUpAnswer(outcome)
      if (status >= 400)
        onBad?.(`step_up_${outcome.kind}`, 'issued' in outcome ? outcome.issued : undefined)
      const wait =
        retryAfterMs === undefined ? [] : ['retry-after', String(Math.ceil(retryAfterMs / 1_000))]
      return {
        status,
        rawHeaders: ['content-type', 'application/json', 'cache-control', 'no-store', ...wait],
        body: bytesOf(`${JSON.stringify(json)}\n`),
      }
    } catch (thrown) {
      const fault = toFault(thrown)
      if (fault.source !== 'client' || fault.code === 'client_gone') throw fault
      onBad?.(fault.code)
      return refuseFault(fault)
    }
  }
