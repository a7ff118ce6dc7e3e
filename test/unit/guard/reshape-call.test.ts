import { describe, expect, it } from 'vitest'
import { openai } from '../../../src/dialects/openai.ts'
import { reshapeCall } from '../../../src/guard/reshape-call.ts'
import { estimateCost } from '../../../src/guard/settlement.ts'
import { reading } from '../../support/a-reader.ts'
import { ALL } from '../../support/a-reshape.ts'
import { aDecision } from '../../support/an-event.ts'

const BODY = '{"model":"gpt-5.2","messages":[],"n":3,"max_completion_tokens":9000}'
const dialects = { dialectOfCall: () => openai }
const terms = () => ({ byDefault: 1_024, atMost: 32_768 })

const aChat = async (body = BODY) => {
  const { call } = await reading({ body })
  if (call === undefined) throw new Error('the call was refused')
  return call
}

describe('a call that goes on', () => {
  it('reserves what it is reshaped to, not what it came with', async () => {
    const call = await aChat()
    expect(estimateCost(call, terms).outputTokens).toBe(27_000)
    const done = reshapeCall(call, aDecision({ reshape: ALL }), dialects)
    expect(estimateCost(done.call, terms).outputTokens).toBe(2_048)
    expect(Buffer.from(done.call.body ?? []).toString()).toBe(
      '{"model":"gpt-5.2","messages":[],"n":1,"max_completion_tokens":2048}',
    )
    expect(done.reshaped?.unsupported).toEqual(['reasoning'])
    // What was read stays as it was.
    expect(Buffer.from(call.body ?? []).toString()).toBe(BODY)
  })

  it('is the very same where the policy asks for nothing, or refuses it', async () => {
    const call = await aChat()
    expect(reshapeCall(call, aDecision(), dialects)).toEqual({ call, reshaped: undefined })
    const refused = reshapeCall(call, aDecision({ verdict: 'deny', reshape: ALL }), dialects)
    expect(refused.call).toBe(call)
    expect(refused.reshaped).toBeUndefined()
  })

  it('is the very same where there is nothing to take away, which is told', async () => {
    const call = await aChat('{"model":"gpt-5.2","messages":[],"max_completion_tokens":9}')
    const done = reshapeCall(call, aDecision({ reshape: ALL }), dialects)
    expect(done.call).toBe(call)
    expect(done.reshaped).toEqual({ changed: [], unsupported: ['reasoning'] })
  })
})
