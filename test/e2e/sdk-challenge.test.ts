import { spawn } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withChallenges } from '../../src/http/challenges/client/stillwatch-client.js'
import { ASKS } from '../support/sdk-asks.ts'
import { createSdkClients, SDKS, type SdkName } from '../support/sdk-clients.ts'
import { sdkErrorOf } from '../support/sdk-error.ts'
import { eventsOf } from '../support/sdk-scenario.ts'
import { startStage, type Stage } from '../support/sdk-stage.ts'
import { findProgram } from '../support/system-packages.ts'
import { createWireTap } from '../support/wire-tap.ts'

const POLICY = `version: 1
rules:
  - { id: prove, when: 'true', then: challenge, challenge: proof_of_work }
`

const CLIENT = new URL('../../src/http/challenges/client/', import.meta.url).pathname

/** Calls with the standard library, as the page for customers shows it. */
const PYTHON = `import json, sys, urllib.error, urllib.request
from stillwatch_client import solve
base = sys.argv[1]
def call():
    request = urllib.request.Request(
        base + "/v1/chat/completions",
        json.dumps({"model": "m", "messages": [{"role": "user", "content": "x"}]}).encode(),
        {"authorization": "Bearer sk-of-python", "content-type": "application/json"},
    )
    try:
        return 200, json.load(urllib.request.urlopen(request))
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal)
first, body = call()
clearance = solve(body, base)
print(json.dumps([first, clearance["kind"], call()[0], call()[0]]))`

/** The class that each SDK raises for a 403. */
const RAISED: { readonly [S in SdkName]: string } = {
  openai: 'PermissionDeniedError',
  anthropic: 'PermissionDeniedError',
  google: 'ApiError',
  ai: 'APICallError',
}

let stage: Stage

beforeAll(async () => {
  stage = await startStage({ policy: POLICY })
})
afterAll(() => stage.close())

describe.each(SDKS)('a challenged call of the SDK %s', (sdk) => {
  const { plain, stream } = ASKS[sdk]

  it('raises its typed error, which tells a person what to do, after one request', async () => {
    const tap = createWireTap()
    const clients = createSdkClients({ url: stage.guard.url, fetch: tap.fetch, retries: 'default' })
    const sent = stage.standIn.calls.length
    const error = await plain(clients, 'm').then(() => undefined, sdkErrorOf)
    expect(error).toMatchObject({
      raised: RAISED[sdk],
      typed: true,
      status: 403,
      code: 'challenge_required',
    })
    expect(error?.message).toContain(`${stage.guard.url}/.stillwatch/challenges/`)
    expect(tap.flights).toHaveLength(1)
    expect(stage.standIn.calls).toHaveLength(sent)
  })

  it('succeeds with the wrapper, and later calls need nothing', async () => {
    const tap = createWireTap()
    const fetch = withChallenges(tap.fetch)
    const clients = createSdkClients({ url: stage.guard.url, fetch })
    const sent = stage.standIn.calls.length
    await plain(clients, 'm')
    expect(tap.flights.map(({ status }) => status)).toEqual([403, 200, 200])
    expect(tap.flights[1]?.url).toContain('/.stillwatch/challenges/')
    expect(stage.standIn.calls).toHaveLength(sent + 1)

    const bare = createWireTap()
    const later = createSdkClients({ url: stage.guard.url, fetch: bare.fetch })
    expect((await eventsOf(stream(later, 'm'))).length).toBeGreaterThan(0)
    await plain(later, 'm')
    expect(bare.flights.map(({ status }) => status)).toEqual([200, 200])
  })
})

describe('a challenged call', () => {
  it('of Python succeeds after solve, and later calls need nothing', async () => {
    const python = findProgram(['python3'])
    if (python === undefined) throw new Error('python3 is not installed')
    const child = spawn(python, ['-c', PYTHON, stage.guard.url], {
      env: { PYTHONPATH: CLIENT, PYTHONDONTWRITEBYTECODE: '1', PATH: process.env['PATH'] },
    })
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    await new Promise((resolve) => {
      child.once('close', resolve)
    })
    expect(JSON.parse(said)).toEqual([403, 'proof_of_work', 200, 200])
  })

  it('that streams arrives through the wrapper', async () => {
    const fetch = withChallenges()
    const init = {
      method: 'POST',
      headers: { authorization: 'Bearer sk-of-streams', 'content-type': 'application/json' },
      body: '{"model":"m","stream":true,"messages":[{"role":"user","content":"x"}]}',
    }
    const answer = await fetch(`${stage.guard.url}/v1/chat/completions`, init)
    expect(answer.status).toBe(200)
    expect(await answer.text()).toMatch(/^data: .*\n\ndata: \[DONE\]\n\n$/s)
  })

  it('carries its clearance to the guard where the program asks for that', async () => {
    const tap = createWireTap()
    const fetch = withChallenges(tap.fetch, { carry: true })
    const init = { headers: { authorization: 'Bearer sk-of-carrying' } }
    for (const status of [200, 200]) {
      expect((await fetch(`${stage.guard.url}/v1/models`, init)).status).toBe(status)
    }
    expect(tap.flights.map(({ status }) => status)).toEqual([403, 200, 200, 200])
  })

  it('finds the page and every file that it names, and the wrapper that is served works', async () => {
    const at = (name: string) => fetch(`${stage.guard.url}/.stillwatch/${name}`)
    const page = await (await at('')).text()
    for (const name of ['stillwatch-client.js', 'stillwatch-client.d.ts', 'stillwatch_client.py']) {
      expect(page).toContain(name)
      expect((await at(name)).status).toBe(200)
    }
    const served = await (await at('stillwatch-client.js')).text()
    const { withChallenges: loaded } = (await import(
      `data:text/javascript,${encodeURIComponent(served)}`
    )) as { withChallenges: typeof withChallenges }
    const init = { headers: { authorization: 'Bearer sk-of-loaded' } }
    const answer = await loaded()(`${stage.guard.url}/v1/models`, init)
    expect(answer.status).toBe(200)
  })
})
