import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RecordFieldName } from '../../src/sinks/record-fields.ts'
import type { GuardProcess } from './guard-process.ts'
import { until } from './wait.ts'

/** A decision record as it stands in a segment. */
export type DecisionRow = { readonly [N in RecordFieldName]?: unknown }

/** Every record a guard has written so far, oldest first; the last line may be half written. */
export const decisionRows = ({ folder }: Pick<GuardProcess, 'folder'>): DecisionRow[] => {
  const directory = join(folder, 'data', 'decisions')
  if (!existsSync(directory)) return []
  return readdirSync(directory)
    .filter((name) => name.endsWith('.ndjson'))
    .toSorted()
    .flatMap((name) => readFileSync(join(directory, name), 'utf8').split('\n').slice(0, -1))
    .map((line) => JSON.parse(line) as DecisionRow)
}

/** The records of these decisions, by id, once all of them are written. */
export const rowsOf = (
  guard: Pick<GuardProcess, 'folder'>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, DecisionRow>> =>
  until(`${ids.length} decision records`, () => {
    const rows = new Map(
      decisionRows(guard).map((row) => [String(row['stillwatch.decision.id']), row]),
    )
    return ids.every((id) => rows.has(id)) && rows
  })
