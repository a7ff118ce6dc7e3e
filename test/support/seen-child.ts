import { createAccountSeen } from '../../src/signals/account-seen.ts'
import { aServedEvent } from './a-served-event.ts'
import { teach } from './teach.ts'

// Learns accounts without end until it is killed; tells how many it had learned a second ago.
const file = process.argv[2] ?? ''
const source = await createAccountSeen({ file })
const learned: { readonly atMs: number; readonly count: number }[] = []
let count = 0
setInterval(() => {
  for (let n = 0; n < 50; n++) {
    teach(source, aServedEvent({ credentialId: `credential-${count++}` }))
  }
  learned.push({ atMs: performance.now(), count })
  const safe = learned.findLast(({ atMs }) => atMs < performance.now() - 1_000)
  if (safe !== undefined) process.stdout.write(`${safe.count}\n`)
}, 10)
