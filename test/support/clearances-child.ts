import { writeSync } from 'node:fs'
import { createClearanceTable } from '../../src/challenges/clearance-table.ts'
import { openOwnLedger } from '../../src/challenges/own-ledger.ts'
import { aClearance } from './a-clearance.ts'

/**
 * A process to be killed: claims one clearance after another for ever and prints the id of each that was
 * claimed. Arguments: file. Started by `own-ledger.test.ts`.
 */
const [file = 'clearances'] = process.argv.slice(2)
const ledger = openOwnLedger({
  file,
  table: createClearanceTable(),
  clock: { now: () => Date.now() },
})

for (let at = 0; ; at++) {
  const clearance = aClearance({ subject: `a:account_${at}` })
  const outcome = await ledger.claim(clearance, Date.now() + 60_000)
  writeSync(1, `${outcome} ${clearance.id}\n`)
}
