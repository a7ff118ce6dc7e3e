import { request } from 'undici'
import { afterEach, describe, expect, it } from 'vitest'
import { createStepUp } from '../../src/challenges/step-up.ts'
import { createAnswerDesk } from '../../src/http/challenges/answer-desk.ts'
import { startChallengeRig, type ChallengeRig } from '../support/challenge-rig.ts'
import { aStepUp, createStepUpWorld, signedWebhook } from '../support/step-up-world.ts'

const SECRET = 'a secret of the console, long enough to be one'

let rig: ChallengeRig | undefined
afterEach(() => rig?.close())

const scene = async () => {
  const world = createStepUpWorld()
  const stepUp = createStepUp({ ...world, secrets: [SECRET] })
  const desk = createAnswerDesk({ ...world, challenges: new Map() })
  const started = await startChallengeRig(desk, { stepUp })
  rig = started
  const post = async (rawHeaders: readonly string[], body: Buffer) => {
    const { statusCode, body: answer } = await request(`${started.url}/.stillwatch/step-up`, {
      method: 'POST',
      headers: [...rawHeaders],
      body,
    })
    return { status: statusCode, json: (await answer.json()) as object }
  }
  const send = (message: object) => {
    const signed = signedWebhook(message, { secret: SECRET, nowMs: world.clock.now() })
    return post(signed.rawHeaders, signed.body)
  }
  return { ...world, ...started, post, send }
}

describe('a console that reports a step-up over the network', () => {
  it('grants the clearance, is calm when it says so again, and is told of a contradiction', async () => {
    const { send, seal, clock, ledger, guarded, internal } = await scene()
    const issued = aStepUp(clock.now())
    const challenge = seal(issued)
    const facts = { 'account.verified': 'identity' }
    const first = await send({ challenge, result: 'verified', facts })
    expect(first).toMatchObject({ status: 200, json: { clearance: issued.id, kind: 'step_up' } })
    expect(await send({ challenge, result: 'verified', facts })).toEqual(first)
    expect(await send({ challenge, result: 'refused' })).toMatchObject({
      status: 409,
      json: { error: { code: 'challenge_spent' } },
    })
    expect(await ledger.of('a:acct_1')).toMatchObject([{ id: issued.id, state: 'granted', facts }])
    expect([guarded, internal]).toEqual([[], []])
  })

  it('is refused by its size before its signature is looked at', async () => {
    const { post, seal, clock, bad } = await scene()
    const text = JSON.stringify({ challenge: seal(aStepUp(clock.now())), result: 'verified' })
    const ofSize = (bytes: number) =>
      signedWebhook(text.padEnd(bytes), { secret: SECRET, nowMs: clock.now() })
    const fits = ofSize(8 * 1024)
    const tooLarge = ofSize(8 * 1024 + 1)
    expect(await post(tooLarge.rawHeaders, tooLarge.body)).toMatchObject({
      status: 413,
      json: { error: { code: 'body_too_large' } },
    })
    expect(bad).toEqual(['body_too_large'])
    expect((await post(fits.rawHeaders, fits.body)).status).toBe(200)
  })

  it('is not believed without a signature, and the log is told in a word', async () => {
    const { post, seal, clock, ledger, bad } = await scene()
    const challenge = seal(aStepUp(clock.now()))
    const body = Buffer.from(JSON.stringify({ challenge, result: 'verified' }))
    expect(await post(['content-type', 'application/json'], body)).toMatchObject({
      status: 401,
      json: { error: { code: 'webhook_unsigned' } },
    })
    expect(await ledger.of('a:acct_1')).toEqual([])
    expect(bad).toEqual(['step_up_unsigned'])
  })
})
