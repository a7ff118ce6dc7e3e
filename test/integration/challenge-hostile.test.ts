import { request } from 'node:http'
import { connect } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startChallengeRig, type ChallengeRig } from '../support/challenge-rig.ts'
import { scriptedDesk, type ScriptedDesk } from '../support/scripted-desk.ts'

const JSON_TYPE = { 'content-type': 'application/json' }
const MIB = 1024 * 1024

/** Sends bytes as they are, without a client that would mend them; gives everything that came back. */
const rawly = (url: string, bytes: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname, () => socket.write(bytes, 'latin1'))
    let text = ''
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => {
      text += chunk
    })
    socket.on('end', () => resolve(text))
    socket.on('error', reject)
  })

describe('our corner of the public listener, under hostile requests', () => {
  let desk: ScriptedDesk
  let rig: ChallengeRig
  beforeAll(async () => {
    desk = scriptedDesk()
    desk.issue('open-1')
    rig = await startChallengeRig(desk, { bodyTimeoutMs: 200 })
  })
  afterAll(() => rig.close())
  afterEach(() => {
    desk.next = undefined
    expect(rig.internal).toEqual([])
  })

  const post = (headers: { readonly [name: string]: string }, body: string): Promise<Response> =>
    fetch(rig.at('open-1'), { method: 'POST', headers, body })
  const codeOf = async (response: Response): Promise<unknown> =>
    ((await response.json()) as { error: { code: string } }).error.code

  it.each([
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain',
    'text/plain; x=application/json',
    'application/jsonp',
    'application/json; charset=utf-16',
    '',
  ])('take no answer as "%s", which a form of another site could send', async (type) => {
    const before = desk.answers.length
    const response = await post({ 'content-type': type }, '{"token":"good"}')
    expect([response.status, await codeOf(response)]).toEqual([415, 'unsupported_media_type'])
    expect(response.headers.get('x-should-retry')).toBe('false')
    expect(desk.answers.length).toBe(before)
  })

  it('take no answer that is encoded', async () => {
    const response = await post({ ...JSON_TYPE, 'content-encoding': 'gzip' }, '{}')
    expect([response.status, await codeOf(response)]).toEqual([415, 'unsupported_encoding'])
  })

  it('read no more than 8 kB, announced or not', async () => {
    const before = desk.answers.length
    const announced = await post(JSON_TYPE, `{"token":"${'a'.repeat(9_000)}"}`)
    expect([announced.status, await codeOf(announced)]).toEqual([413, 'body_too_large'])
    const chunked = await rawly(
      rig.url,
      `POST /.stillwatch/challenges/open-1 HTTP/1.1\r\nhost: h\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n2400\r\n${'a'.repeat(0x2400)}\r\n0\r\n\r\n`,
    )
    expect(chunked).toMatch(/^HTTP\/1\.1 413 /)
    expect(chunked.toLowerCase()).toContain('connection: close')
    expect(desk.answers.length).toBe(before)
  })

  it('wait for a slow body only so long', async () => {
    const text = await rawly(
      rig.url,
      'POST /.stillwatch/challenges/open-1 HTTP/1.1\r\nhost: h\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"a":',
    )
    expect(text).toMatch(/^HTTP\/1\.1 408 /)
    expect(text).toContain('"request_timeout"')
  })

  it('answer a body that breaks off in the middle of its framing once, with one head', async () => {
    const text = await rawly(
      rig.url,
      'POST /.stillwatch/challenges/open-1 HTTP/1.1\r\nhost: h\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
    )
    expect(text.match(/HTTP\/1\.1 /g)).toHaveLength(1)
    expect(text).toMatch(/^HTTP\/1\.1 400 /)
  })

  it('let a client that waits for 100-continue send its answer', async () => {
    const status = await new Promise((resolve, reject) => {
      const headers = { ...JSON_TYPE, expect: '100-continue' }
      const sent = request(rig.at('open-1'), { method: 'POST', headers })
      sent.on('continue', () => sent.end('{"puzzle":1}'))
      sent.on('response', (response) => {
        response.resume()
        resolve(response.statusCode)
      })
      sent.on('error', reject)
      sent.flushHeaders()
    })
    expect(status).toBe(422)
  })

  it.each([
    ['no Host', 'GET /.stillwatch/challenges/open-1 HTTP/1.0\r\n\r\n', 200],
    [
      'two Hosts on an answer',
      'POST /.stillwatch/challenges/open-1 HTTP/1.1\r\nhost: a\r\nhost: b\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}',
      400,
    ],
    [
      'a Host that is markup',
      'GET /.stillwatch/challenges/open-1 HTTP/1.1\r\nhost: "><script>alert(1)</script>\r\naccept: text/html\r\nconnection: close\r\n\r\n',
      200,
    ],
    [
      'a length that is none',
      'POST /.stillwatch/step-up HTTP/1.1\r\nhost: h\r\nconnection: close\r\ncontent-length: 99999\r\n\r\n{}',
      413,
    ],
  ])('survive %s', async (_, bytes, status) => {
    const text = await rawly(rig.url, bytes)
    expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(text).not.toContain('<script>')
  })

  it.each([
    ['challenges/%3Cscript%3E', 404],
    ['challenges/..%2f..%2fv1', 404],
    ['challenges/', 404],
    ['assets/listener.ts', 404],
    ['assets/..%2flistener.ts', 404],
    ['assets/constructor', 404],
    [`challenges/${'a'.repeat(3_000)}`, 414],
    ['challenges/unknown', 400],
  ])('answer /.stillwatch/%s with %i, and quote nothing of it', async (path, status) => {
    for (const accept of ['text/html', 'application/json', '*/*']) {
      const response = await fetch(`${rig.url}/.stillwatch/${path}`, { headers: { accept } })
      expect(response.status).toBe(status)
      const text = await response.text()
      expect(text).not.toMatch(/script%3E|listener|aaaa/)
      expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    }
  })

  it('never hand anything to the guard, and leave to it what only looks like ours', async () => {
    const ours = ['', '/', '/x', '/challenges/a', '/v1/chat/completions', '?/v1', '//v1/models']
    for (const path of ours) {
      for (const method of ['GET', 'POST', 'DELETE', 'PATCH']) {
        const text = await rawly(
          rig.url,
          `${method} /.stillwatch${path} HTTP/1.1\r\nhost: h\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
        )
        expect(text).toMatch(/^HTTP\/1\.1 [345]\d\d |^HTTP\/1\.1 200 /)
      }
    }
    expect(rig.guarded).toEqual([])
    await fetch(`${rig.url}/.stillwatchdog`)
    expect(rig.guarded).toEqual(['/.stillwatchdog'])
  })

  it('say which methods there are, to HEAD without a body', async () => {
    const refused = await fetch(rig.at('open-1'), { method: 'DELETE' })
    expect([refused.status, refused.headers.get('allow')]).toEqual([
      405,
      'GET, HEAD, POST, OPTIONS',
    ])
    const hook = await fetch(`${rig.url}/.stillwatch/step-up`)
    expect([hook.status, hook.headers.get('allow')]).toEqual([405, 'POST, OPTIONS'])
    expect(hook.headers.get('access-control-allow-origin')).toBeNull()
    const head = await fetch(rig.at('open-1'), { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(100)
  })

  it('let programs of any origin answer, and give them nothing to be remembered by', async () => {
    const preflight = await fetch(rig.at('open-1'), {
      method: 'OPTIONS',
      headers: { origin: 'https://app.test', 'access-control-request-method': 'POST' },
    })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*')
    expect(preflight.headers.get('access-control-allow-credentials')).toBeNull()
    desk.next = 'wrong'
    const answer = await post({ ...JSON_TYPE, origin: 'https://app.test' }, '{}')
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(answer.headers.get('set-cookie')).toBeNull()
  })

  it.each([
    ['limited', 429, '2', null],
    ['unavailable', 503, '2', null],
    ['wrong', 422, null, 'false'],
    ['not_yours', 403, null, 'false'],
    ['spent', 409, null, 'false'],
    ['expired', 410, null, 'false'],
    ['malformed', 400, null, 'false'],
  ] as const)('tell of "%s" whether to try again', async (kind, status, after, retry) => {
    desk.next = kind
    const response = await post(JSON_TYPE, '{}')
    expect(response.status).toBe(status)
    expect(response.headers.get('retry-after')).toBe(after)
    expect(response.headers.get('x-should-retry')).toBe(retry)
    expect(await codeOf(response)).toBe(`challenge_${kind}`)
    expect(rig.bad.at(-1)).toBe(kind)
  })

  it('serve files once, and then only whether they changed', async () => {
    const url = `${rig.url}/.stillwatch/assets/page.css`
    const first = await fetch(url)
    expect(first.headers.get('content-type')).toBe('text/css; charset=utf-8')
    const etag = first.headers.get('etag') ?? ''
    await first.text()
    const again = await fetch(url, { headers: { 'if-none-match': `"x", W/${etag}` } })
    expect([again.status, await again.text()]).toEqual([304, ''])
    const script = await fetch(`${rig.url}/.stillwatch/assets/altcha.js`)
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect((await script.arrayBuffer()).byteLength).toBeLessThan(MIB)
  })

  it('ask nobody about the answer of a caller that leaves in its middle', async () => {
    const { port } = new URL(rig.url)
    const socket = connect(Number(port), '127.0.0.1')
    await new Promise((resolve) => socket.once('connect', resolve))
    const before = desk.answers.length
    socket.write(
      'POST /.stillwatch/challenges/open-1 HTTP/1.1\r\nhost: h\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{',
    )
    socket.destroy()
    await (await fetch(rig.at('open-1'))).text()
    expect(desk.answers.length).toBe(before)
  })
})
