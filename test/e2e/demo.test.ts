import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { stripVTControlCharacters } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { until } from '../support/wait.ts'

const ROOT = new URL('../../', import.meta.url).pathname
const DEADLINE_MS = 60_000

it(
  'the demo shows a puzzle that is solved and a campaign whose members are asked for a step-up',
  async () => {
    const child = spawn(process.execPath, ['src/stillwatch.js', 'demo'], { cwd: ROOT })
    onTestFinished(() => void child.kill('SIGKILL'))
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
    }
    const shows = (what: string, text: RegExp): Promise<unknown> =>
      until(`${what} in ${output}`, () => text.test(stripVTControlCharacters(output)), DEADLINE_MS)
    await shows('the campaign', /campaigns show cmp_\w+ --admin http/)
    await shows(
      'a puzzle',
      /challenge +403 +ada .*rule unproven-behind-proxy asks for proof_of_work/,
    )
    await shows(
      'that it was solved',
      /allow +200 +ada .*has passed the challenge of unproven-behind-proxy/,
    )
    await shows('a step-up', /challenge +403 +acct_\w+ .*rule campaign-step-up asks for step_up/)

    const [, token = '', id = '', admin = ''] =
      /STILLWATCH_TOKEN=(\S+) .*campaigns show (\S+) --admin (\S+)/.exec(output) ?? []
    const answer = await fetch(new URL(`/api/v1/campaigns/${id}`, admin), {
      headers: { authorization: `Bearer ${token}` },
    })
    expect(await answer.json()).toMatchObject({ level: 3, members: 60 })
    const [, body = ''] = /\/api\/v1\/clearances .* -d '(\{.*\})'/.exec(output) ?? []
    const granted = await fetch(new URL('/api/v1/clearances', admin), {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body,
    })
    expect(granted.ok).toBe(true)
    expect(await granted.json()).toMatchObject({
      kind: 'step_up',
      state: 'granted',
    })
    await shows(
      'that who has confirmed goes on',
      /allow +200 +acct_\w+ .*has passed the challenge of campaign-step-up/,
    )
    child.kill('SIGINT')
    expect((await once(child, 'exit'))[0]).toBe(0)
    expect(output).not.toContain('stillwatch:')
  },
  2 * DEADLINE_MS,
)
