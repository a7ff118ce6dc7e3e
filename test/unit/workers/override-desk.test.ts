import { describe, expect, it } from 'vitest'
import { LedgerFailure } from '../../../src/core/ledger.ts'
import { createOverrideTable } from '../../../src/overrides/override-table.ts'
import { overrideTexts } from '../../../src/overrides/override-text.ts'
import { takeOverrides } from '../../../src/overrides/telling-overrides.ts'
import { createChannel } from '../../../src/workers/channel.ts'
import { askOverrides, serveOverrides } from '../../../src/workers/override-desk.ts'
import { anOverride } from '../../support/an-override.ts'
import { wirePair } from '../../support/wire-pair.ts'

const NOW = anOverride().atMs + 1_000

const channels = () => {
  const [atPrimary, atWorker] = wirePair()
  const onNonsense = (): void => undefined
  return {
    primary: createChannel(atPrimary, { onNonsense }),
    worker: createChannel(atWorker, { onNonsense }),
  }
}

describe('a worker that asks its primary for overrides', () => {
  it('hears all it has missed, and nothing where it has missed nothing', async () => {
    const { primary, worker } = channels()
    const table = createOverrideTable()
    serveOverrides(primary, {
      revision: () => String(table.version()),
      texts: () => overrideTexts(table.all(NOW)),
    })
    table.take(anOverride())
    const first = await askOverrides(worker, '')
    const here = createOverrideTable()
    for (const text of first.texts)
      expect(takeOverrides(here, text)).toEqual({ news: 1, refused: 0 })
    expect(here.of('account', 'acct_1', NOW)?.verdict).toBe('deny')
    expect(await askOverrides(worker, first.revision)).toEqual({ ...first, texts: [] })
    table.take(anOverride({ name: 'acct_2' }))
    expect((await askOverrides(worker, first.revision)).revision).not.toBe(first.revision)
  })

  it.each([
    ['nothing', undefined],
    ['no revision', [1, 'text']],
    ['a text that is none', ['1', 7]],
    ['far too many', ['1', ...Array.from({ length: 501 }, () => 'x')]],
  ])('takes %s for no answer', async (_, answer) => {
    const { primary, worker } = channels()
    primary.answer('overrides.since', () => answer)
    await expect(askOverrides(worker, '')).rejects.toBeInstanceOf(LedgerFailure)
  })

  it('is told where the primary is gone', async () => {
    const { worker } = channels()
    await expect(askOverrides(worker, '')).rejects.toBeInstanceOf(LedgerFailure)
  })
})
