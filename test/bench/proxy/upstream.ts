/** The upstream of every contender: answers without a model, as cheaply as Node's own server can. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const JSON_BODY = Buffer.from(
  JSON.stringify({
    id: 'chatcmpl-bench',
    object: 'chat.completion',
    created: 1_770_000_000,
    model: 'chat-large',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: 'A short answer of a few words. '.repeat(6) },
        finish_reason: 'stop',
      },
    ],
    usage: { prompt_tokens: 31, completion_tokens: 42, total_tokens: 73 },
  }),
)
const EVENT = Buffer.from(
  'data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"word "}}]}\n\n',
)
const EVENTS = 60

const server = createServer((request, response) => {
  request.resume()
  if (request.headers['x-bench-stream'] === undefined) {
    response.writeHead(200, [
      'content-type',
      'application/json',
      'content-length',
      String(JSON_BODY.length),
    ])
    response.end(JSON_BODY)
    return
  }
  response.writeHead(200, ['content-type', 'text/event-stream'])
  for (let event = 0; event < EVENTS; event++) response.write(EVENT)
  response.end('data: [DONE]\n\n')
})
server.keepAliveTimeout = 120_000
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`)
})
