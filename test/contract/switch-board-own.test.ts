import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EMPTY_SWITCH_SET } from '../../src/core/switches.ts'
import { writeSwitchFile } from '../../src/app-switch-file.ts'
import { createOwnSwitches } from '../../src/policy/own-switches.ts'
import { switchBoardSuite } from './switch-board.ts'

switchBoardSuite('a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stillwatch-switches-'))
  const board = createOwnSwitches({
    start: EMPTY_SWITCH_SET,
    write: (set) => writeSwitchFile(join(folder, 'switches'), set),
  })
  return Promise.resolve({
    one: board,
    other: board,
    close: () => Promise.resolve(rmSync(folder, { recursive: true })),
  })
})
