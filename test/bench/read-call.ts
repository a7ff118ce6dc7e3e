/**
 * What the verb `read` costs, the arrival of the body aside. Run with: node test/bench/read-call.ts
 */
import { fakeExchange, type FakeRequest } from '../support/fake-exchange.ts'
import { aReader } from '../support/a-reader.ts'
import { createTraits } from '../../src/campaigns/traits/traits.ts'

/** As the official SDK sends them, behind one proxy. */
const sdkHeaders = (bodyBytes: number): string[] =>
  [
    ['host', 'api.test', 'connection', 'keep-alive', 'accept', 'application/json'],
    ['user-agent', 'OpenAI/JS 7.55.0', 'x-stainless-retry-count', '0'],
    ['x-stainless-lang', 'js', 'x-stainless-package-version', '7.55.0'],
    ['x-stainless-os', 'Linux', 'x-stainless-arch', 'x64', 'x-stainless-runtime', 'node'],
    [
      'x-stainless-runtime-version',
      'v24.21.0',
      'authorization',
      `Bearer sk-proj-${'a1B2'.repeat(30)}`,
    ],
    ['content-type', 'application/json', 'accept-language', '*', 'sec-fetch-mode', 'cors'],
    ['accept-encoding', 'gzip, deflate', 'content-length', String(bodyBytes)],
    ['x-forwarded-for', '198.51.100.7'],
  ].flat()

const chat = (contentBytes: number): string =>
  JSON.stringify({
    model: 'gpt-5-mini',
    stream: true,
    max_tokens: 512,
    messages: [
      { role: 'system', content: 'You are a helpful assistant.' },
      { role: 'user', content: 'harbour '.repeat(contentBytes / 8) },
    ],
    user: 'u-1234',
  })

const TRAITS = { traits: createTraits({ rootKey: new Uint8Array(32) }) }

const measure = async (
  name: string,
  request: FakeRequest,
  changes: Parameters<typeof aReader>[0] = {},
): Promise<void> => {
  const reader = aReader({
    trustedProxies: ['10.0.0.0/8'],
    maxBodyBytes: 32_000_000,
    ...changes,
  })
  const exchange = fakeExchange({ ...request, peerAddress: '10.0.0.1' })
  let best = Number.POSITIVE_INFINITY
  for (let run = 0; run < 60; run++) {
    const begin = performance.now()
    for (let round = 0; round < 1_000; round++) {
      await reader.read(exchange, reader.arrive(exchange))
    }
    best = Math.min(best, performance.now() - begin)
  }
  console.log(`${name.padEnd(24)} ${best.toFixed(2)} µs a call`)
}

for (const bytes of [120, 2_400, 12_800]) {
  const body = chat(bytes)
  const request = { body, rawHeaders: sdkHeaders(Buffer.byteLength(body)) }
  await measure(`chat, body of ${body.length} B`, request)
  await measure('… and its traits, again', request, TRAITS)
}
await measure('list of models', {
  method: 'GET',
  target: '/v1/models',
  rawHeaders: sdkHeaders(0),
})
