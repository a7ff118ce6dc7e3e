import { writeSync } from 'node:fs'
import { EMPTY_SWITCH_SET } from '../../src/core/switches.ts'
import { createOwnSwitches } from '../../src/policy/own-switches.ts'
import { readSwitchFile, writeSwitchFile } from '../../src/app-switch-file.ts'
import { aSwitch } from './some-switches.ts'

/**
 * A process to be killed: changes one switch after another for ever and prints the version of each change
 * that was made. Arguments: file. Started by `switch-file.test.ts`.
 */
const [file = 'switches'] = process.argv.slice(2)
const start = readSwitchFile(file).set ?? EMPTY_SWITCH_SET
const board = createOwnSwitches({ start, write: (set) => writeSwitchFile(file, set) })

for (let version = start.version; ; version++) {
  const entries = Array.from({ length: 20 }, (_, at) =>
    aSwitch({ id: `r-${at}`, version: version + 1, why: 'x'.repeat(version % 400) }),
  )
  const { kind } = await board.change(version, entries)
  writeSync(1, `${kind} ${version + 1}\n`)
}
