import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { newestLines } from '../../../src/sinks/newest-lines.ts'
import { segmentName } from '../../../src/sinks/segments.ts'
import { createSeededRandom } from '../../support/seeded-random.ts'
import { tempDir } from '../../support/temp-dir.ts'

const written = (...segments: readonly string[]): string => {
  const folder = join(tempDir(), 'decisions')
  mkdirSync(folder)
  segments.forEach((text, at) => writeFileSync(join(folder, segmentName(at * 1_000, 0)), text))
  return folder
}

const read = async (folder: string): Promise<string[]> => {
  const lines: string[] = []
  for await (const batch of newestLines(folder)) lines.push(...batch)
  return lines
}

describe('the newest lines of a decision log', () => {
  it('come newest first, over all segments, without torn ones', async () => {
    const folder = written('a\nb\n', '', 'c\nd\ntorn', '\n\ne\n')
    expect(await read(folder)).toEqual(['e', 'd', 'c', 'b', 'a'])
  })

  it('are none where there is no folder', async () => {
    expect(await read(join(tempDir(), 'nowhere'))).toEqual([])
  })

  it('are whole wherever the blocks end that the file is read in', async () => {
    const seed = 20_260_422
    const random = createSeededRandom(seed)
    for (let round = 0; round < 20; round++) {
      const lines = Array.from(
        { length: 200 },
        (_, at) => `${at}:${'ü'.repeat(random(round % 4 === 0 ? 60_000 : 4_000))}`,
      )
      const torn = random(2) === 0 ? '' : 'x'.repeat(random(600_000))
      const folder = written(`${lines.join('\n')}\n${torn}`)
      expect((await read(folder)).toReversed(), `seed ${seed}, round ${round}`).toEqual(lines)
    }
  })

  it('pass over a line that is longer than any record', async () => {
    const folder = written(`a\n${'x'.repeat(3_000_000)}\nb\n`)
    expect(await read(folder)).toEqual(['b', 'a'])
  })

  it('go on where a segment is deleted meanwhile', async () => {
    const folder = written('a\n', 'b\n', 'c\n')
    const lines: string[] = []
    for await (const batch of newestLines(folder)) {
      lines.push(...batch)
      rmSync(join(folder, segmentName(1_000, 0)), { force: true })
    }
    expect(lines).toEqual(['c', 'a'])
  })
})
