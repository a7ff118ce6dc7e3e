import { join } from 'node:path'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { createClearanceTable } from '../../src/challenges/clearance-table.ts'
import { openOwnLedger } from '../../src/challenges/own-ledger.ts'
import { createPosturedLedger } from '../../src/challenges/posture.ts'
import { createTellingLedger } from '../../src/challenges/telling-ledger.ts'
import type { ClearanceLedger } from '../../src/core/challenge.ts'
import { createChannel } from '../../src/workers/channel.ts'
import { askClearances, serveClearances } from '../../src/workers/clearance-desk.ts'
import { wirePair } from '../support/wire-pair.ts'
import { clearanceLedgerSuite } from './clearance-ledger.ts'

const clock = { now: () => Date.now() }

const onDisk = (): { readonly ledger: ClearanceLedger; readonly close: () => Promise<void> } => {
  const dir = mkdtempSync(join(tmpdir(), 'stillwatch-clearances-'))
  const ledger = openOwnLedger({
    file: join(dir, 'clearances'),
    table: createClearanceTable(),
    clock,
  })
  return {
    ledger,
    close: () => {
      ledger.close()
      rmSync(dir, { recursive: true, force: true })
      return Promise.resolve()
    },
  }
}

clearanceLedgerSuite('a file of one process', () => {
  const { ledger, close } = onDisk()
  return { one: ledger, other: ledger, close }
})

clearanceLedgerSuite('the file of a primary, asked by two workers', () => {
  const { ledger, close } = onDisk()
  const asker = (): ClearanceLedger => {
    const [primary, worker] = wirePair()
    const onNonsense = (what: string): void => {
      throw new Error(what)
    }
    serveClearances(createChannel(primary, { onNonsense }), ledger)
    return askClearances(createChannel(worker, { onNonsense }))
  }
  return { one: asker(), other: asker(), close }
})

clearanceLedgerSuite('insured, and telling what happens', () => {
  const { ledger, close } = onDisk()
  const asker = (): ClearanceLedger => {
    const table = createClearanceTable()
    const insured = createPosturedLedger({ ledger, posture: 'insured', table, clock })
    return createTellingLedger({ ledger: insured, table })
  }
  return { one: asker(), other: asker(), close }
})
