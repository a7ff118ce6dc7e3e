import type { CustomerExamples } from './customer-examples.ts'
import type { Block } from './page-blocks.ts'

const heading = (text: string): Block => ({ kind: 'heading', text })
const paragraph = (text: string): Block => ({ kind: 'paragraph', text })
const list = (...items: string[]): Block => ({ kind: 'list', items })
const code = (label: string, text: string): Block => ({ kind: 'code', label, text })

/** What the page for customers says. `base` is where files are loaded from, with a slash at the end. */
export const customerWords = (examples: CustomerExamples, base: string): readonly Block[] => [
  { kind: 'title', text: 'When a call is challenged' },
  paragraph(
    'This API is guarded. Now and then a call is held back until its caller has shown something: most often that it is willing to compute for a second, seldom more than ten. Such a call is refused with the status 403 and a challenge. It was not executed, it reached no model, and it is not billed. Pass the challenge, send the call again, and your account is left alone for a while.',
  ),
  paragraph(
    'Whoever reads the message of the error finds an address in it. Opening it in a browser is enough, from the network the call came from where the page asks for that; no program has to be changed. The message holds a `Request id` too: quote it when you ask about the call. What follows is for programs that are to pass challenges by themselves.',
  ),

  heading('The refusal'),
  paragraph(
    'The status is 403, `x-should-retry` is `false`, `error.code` is `challenge_required`. The challenge stands in the error of the API that you call. OpenAI:',
  ),
  code('A challenge as OpenAI’s API tells it', examples.openai),
  paragraph('Anthropic:'),
  code('A challenge as Anthropic’s API tells it', examples.anthropic),
  paragraph('Gemini:'),
  code('A challenge as Gemini’s API tells it', examples.google),
  paragraph(
    'A 403 without a challenge is another refusal: its message says what to do. A 429 with the code `challenge_limited` says that too many challenges were left unanswered; wait as long as `retry-after` says.',
  ),

  heading('The kinds'),
  {
    kind: 'table',
    head: ['Kind', 'What passes it'],
    rows: [
      [
        '`proof_of_work`',
        'A program, in a second, seldom more than ten: the code below. Or a person with a browser, by ticking a box.',
      ],
      ['`human`', 'A person, who opens `url` in a browser.'],
      [
        '`step_up`',
        'The holder of the account, who opens `url`: it says how to confirm who uses it.',
      ],
    ],
  },

  heading('How long it holds'),
  list(
    'Answer before `expires_at` of the challenge. After that, the next call that is refused holds a new one.',
    'A passed challenge is a clearance. `expires_at` in the answer says until when it holds.',
    'The guard keeps it for your account: later calls are sent as ever. Where the operator binds clearances to a key or a network, it holds for calls with the same.',
    'You may send the `clearance` of the answer along in the header `x-stillwatch-clearance`. Nobody has to; treat it like a key.',
  ),

  heading('TypeScript and JavaScript'),
  paragraph(
    'One file without dependencies wraps `fetch`. It solves a puzzle away from the main thread, posts the solution without your key, and sends the call again once. Everything else passes through untouched. It runs in Node.js 18 and later, Deno, Bun, workers and browsers.',
  ),
  code('How to load the file', examples.typescriptLoad),
  code('How to use it with three SDKs', examples.typescript),
  paragraph(
    'What the program cannot pass alone is returned as the 403 that it is. The option `onChallenge` is told of it first, and the call waits: return `true`, or a promise of it, once the challenge is passed, and the call is sent again.',
  ),
  code('How to be told of a challenge for a person', examples.onChallenge),
  paragraph('What `why` can be:'),
  {
    kind: 'table',
    head: ['`why`', 'Meaning'],
    rows: [
      ['`needs_person`', 'It is for a person.'],
      ['`foreign_url`', 'Its `url` leads to a host that no solution is posted to.'],
      [
        '`too_much_work`',
        'Its puzzle is malformed, or more work than the option `maxWork` allows.',
      ],
      ['`not_accepted`', 'The solution could not be posted, or was not taken.'],
    ],
  },
  paragraph(
    'A call whose body is a stream cannot be sent twice: its 403 is returned once the challenge is passed.',
  ),

  heading('Python'),
  paragraph('The standard library is enough. Save this file, or load it:'),
  code('How to load the Python file', examples.pythonLoad),
  code('The Python file', examples.python),
  code('How to use it with three SDKs in Python', examples.pythonUse),

  heading('By hand'),
  paragraph('With curl and the Python file:'),
  code('How to answer with curl', examples.curl),
  paragraph(
    'In another language: for counter 0, 1, 2 and so on derive a key by PBKDF2 with HMAC-SHA-256. The password is the bytes of `nonce` followed by the counter as 4 bytes, big-endian; the salt is the bytes of `salt`; `cost` is the number of rounds and `keyLength` the number of bytes. `nonce` and `salt` are hex. The puzzle is solved when the key in lower case hex starts with `keyPrefix`. Post the puzzle as it came, the counter and the key:',
  ),
  code('An answer and what comes of it', examples.answer),
  paragraph(
    'Send no key and follow no redirect. An answer that sends a key along must send that of the refused call.',
  ),

  heading('What comes of an answer'),
  {
    kind: 'table',
    head: ['Status', 'Meaning, and what to do'],
    rows: [
      ['200', 'Passed. Send the call again.'],
      [
        '400, 404, 414',
        'Malformed, or no challenge of this guard. Send `puzzle` and the id in `url` as they came.',
      ],
      [
        '403',
        'Not yours: another key, another network than the call came from, the puzzle of another challenge, or a kind that no program can answer. Answer from where the call was made, or open `url`.',
      ],
      [
        '409',
        'Spent: it was answered before. Send the call again; if it is refused, take the new challenge.',
      ],
      ['410', 'Expired. Send the call again for a new one.'],
      ['422', 'Wrong: the solution does not solve the puzzle. Check the derivation above.'],
      ['405, 413, 415', 'Post JSON of a few kilobytes, without `content-encoding`.'],
      ['429', 'Too many wrong answers. Wait as long as `retry-after` says.'],
      ['503', 'Could not be checked now. Send the same answer again after `retry-after`.'],
    ],
  },
  paragraph('None of these bodies is HTML: each is JSON with `error.code` and `error.message`.'),

  heading('Files'),
  {
    kind: 'links',
    links: ['stillwatch-client.js', 'stillwatch-client.d.ts', 'stillwatch_client.py'].map(
      (name) => ({
        text: name,
        href: `${base}${name}`,
      }),
    ),
  },
]
