import { closeSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import {
  cursorOf,
  placeOfCursor,
  type DecisionFilter,
  type DecisionPage,
} from './decision-query.ts'
import type { IndexRow } from './index-row.ts'

/** The index on disk. Every method is synchronous and throws what SQLite throws. */
export type IndexDatabase = {
  /** Whether the file was made by this opening. */
  readonly created: boolean
  /** Adds rows in one transaction; those already there are passed over. Returns how many are new. */
  insert(rows: readonly IndexRow[]): number
  query(filter: DecisionFilter, caps: { readonly rows: number; readonly ms: number }): DecisionPage
  find(id: string): string | undefined
  /** Deletes the oldest rows beyond `maxRows`, at most `atOnce` of them. */
  prune(maxRows: number, atOnce: number): void
  close(): void
}

const SCHEMA_VERSION = 1
const SCHEMA = `
  CREATE TABLE decisions (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, at INTEGER NOT NULL, account TEXT,
    credential TEXT, network TEXT, verdict TEXT, record TEXT NOT NULL
  ) STRICT;
  CREATE INDEX by_at ON decisions (at);
  CREATE INDEX by_account ON decisions (account, at) WHERE account IS NOT NULL;
  CREATE INDEX by_credential ON decisions (credential, at) WHERE credential IS NOT NULL;
  CREATE INDEX by_network ON decisions (network, at) WHERE network IS NOT NULL;
  CREATE INDEX by_verdict ON decisions (verdict, at) WHERE verdict IS NOT NULL;
  CREATE TABLE hits (rule TEXT NOT NULL, at INTEGER NOT NULL, seq INTEGER NOT NULL,
    PRIMARY KEY (rule, at, seq)) STRICT, WITHOUT ROWID;
  CREATE INDEX hits_by_seq ON hits (seq);
  PRAGMA user_version = ${SCHEMA_VERSION};
`
const ROWS_BETWEEN_CLOCK_LOOKS = 64
const COLUMNS = ['account', 'credential', 'network', 'verdict'] as const
/** Columns of which one value has few rows. */
const NARROW = ['account', 'credential', 'network'] as const

/** A file above this size is not read through at the start; damage in it shows when it is met. */
const CHECKED_BYTES = 64 * 1024 * 1024

/** The file is not an index this version can go on with. */
class DamagedIndex extends Error {}

const SQLITE_CORRUPT = 11
const SQLITE_NOTADB = 26

/** Whether an error of the database means that the file itself is beyond use. */
export const isDamage = (error: unknown): boolean => {
  if (error instanceof DamagedIndex) return true
  // node:sqlite puts SQLite's own result code, extended in the upper bytes, beside the message.
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB
}

/** Opens or makes the file and looks whether it is sound; throws where it is not. */
export const openIndexDatabase = (path: string): IndexDatabase => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  // SQLite would make it readable for everybody, and gives its log the rights of the file it finds.
  closeSync(openSync(path, 'a', 0o600))
  const db = new DatabaseSync(path, { timeout: 1_000, enableForeignKeyConstraints: false })
  try {
    const size = statSync(path).size
    if (size > 0 && size < CHECKED_BYTES) {
      const result = db.prepare('PRAGMA quick_check(1)').get()?.['quick_check']
      if (result !== 'ok') throw new DamagedIndex(String(result))
    }
    return prepareDatabase(db)
  } catch (error) {
    db.close()
    throw error
  }
}

const prepareDatabase = (db: DatabaseSync): IndexDatabase => {
  db.enableDefensive(true)
  // In WAL mode a killed process loses nothing that was committed; a crash of the machine may lose the
  // last transactions, but never the soundness of the file.
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA trusted_schema = OFF')
  db.exec('PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -8000')
  const version = db.prepare('PRAGMA user_version').get()?.['user_version']
  const created = version === 0
  if (created) db.exec(`BEGIN; ${SCHEMA} COMMIT`)
  else if (version !== SCHEMA_VERSION) throw new DamagedIndex(`version ${String(version)}`)

  const insertOne = db.prepare(
    'INSERT OR IGNORE INTO decisions (id, at, account, credential, network, verdict, record) VALUES (?, ?, ?, ?, ?, ?, ?)',
  )
  const insertHit = db.prepare('INSERT OR IGNORE INTO hits (rule, at, seq) VALUES (?, ?, ?)')
  const byId = db.prepare('SELECT record FROM decisions WHERE id = ?')
  const bySeq = db.prepare('SELECT record FROM decisions WHERE seq = ?')
  const isHit = db.prepare('SELECT 1 AS hit FROM hits WHERE rule = ? AND at = ? AND seq = ?')
  const oldest = db.prepare('SELECT seq FROM decisions ORDER BY at, seq LIMIT ?')
  const deleteOne = db.prepare('DELETE FROM decisions WHERE seq = ?')
  const deleteHits = db.prepare('DELETE FROM hits WHERE seq = ?')
  let count = Number(db.prepare('SELECT count(*) AS n FROM decisions').get()?.['n'])

  const inTransaction = <T>(work: () => T): T => {
    db.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      db.exec('COMMIT')
      return result
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK')
      throw error
    }
  }

  return {
    created,
    insert(rows) {
      const added = inTransaction(() => {
        let fresh = 0
        for (const { id, atMs, account, credential, network, verdict, record, hits } of rows) {
          const done = insertOne.run(id, atMs, account, credential, network, verdict, record)
          if (done.changes === 0) continue
          fresh++
          for (const rule of hits) insertHit.run(rule, atMs, done.lastInsertRowid)
        }
        return fresh
      })
      count += added
      return added
    },
    query(filter, caps) {
      const { sql, values, byHit } = planOf(filter)
      const { rule } = filter
      const untilMs = performance.now() + caps.ms
      const records: string[] = []
      let seen = 0
      let last: { atMs: number; seq: number } | undefined
      for (const row of db.prepare(sql).iterate(...values)) {
        // One more than asked for was found: there is a next page.
        if (records.length >= filter.limit && last !== undefined) {
          return { records, next: cursorOf(last), partial: false }
        }
        seen++
        last = { atMs: Number(row['at']), seq: Number(row['seq']) }
        const hit =
          rule === undefined || byHit || isHit.get(rule, last.atMs, last.seq) !== undefined
        const fits = COLUMNS.every(
          (name) => filter[name] === undefined || row[name] === filter[name],
        )
        if (hit && fits) {
          const record = bySeq.get(last.seq)?.['record']
          if (typeof record === 'string') records.push(record)
        }
        const late = seen % ROWS_BETWEEN_CLOCK_LOOKS === 0 && performance.now() > untilMs
        if (late || seen >= caps.rows) return { records, next: cursorOf(last), partial: true }
      }
      return { records, next: undefined, partial: false }
    },
    find(id) {
      const record = byId.get(id)?.['record']
      return typeof record === 'string' ? record : undefined
    },
    prune(maxRows, atOnce) {
      const surplus = Math.min(count - maxRows, atOnce)
      if (surplus <= 0) return
      count -= inTransaction(() => {
        const rows = oldest.all(surplus)
        for (const { seq } of rows) {
          deleteOne.run(seq ?? 0)
          deleteHits.run(seq ?? 0)
        }
        return rows.length
      })
    },
    close: () => db.close(),
  }
}

/**
 * One index is walked from its newest end, the most selective that the filter allows; the other conditions
 * are tested row by row in between, where the caps can end the search. Inside SQLite they could not.
 */
const planOf = (
  filter: DecisionFilter,
): { sql: string; values: SQLInputValue[]; byHit: boolean } => {
  const conditions: string[] = []
  const values: SQLInputValue[] = []
  const where = (condition: string, ...bound: SQLInputValue[]): void => {
    conditions.push(condition)
    values.push(...bound)
  }
  const narrow = NARROW.find((name) => filter[name] !== undefined)
  const byHit = filter.rule !== undefined && narrow === undefined
  const table = byHit ? 'hits' : 'decisions'
  if (byHit) where('hits.rule = ?', filter.rule ?? '')
  else {
    const column = narrow ?? (filter.verdict === undefined ? undefined : 'verdict')
    if (column !== undefined) where(`decisions.${column} = ?`, filter[column] ?? '')
  }
  if (filter.sinceMs !== undefined) where(`${table}.at >= ?`, filter.sinceMs)
  if (filter.untilMs !== undefined) where(`${table}.at < ?`, filter.untilMs)
  const after = filter.cursor === undefined ? undefined : placeOfCursor(filter.cursor)
  if (after !== undefined) where(`(${table}.at, ${table}.seq) < (?, ?)`, after.atMs, after.seq)
  const from = byHit ? 'hits CROSS JOIN decisions ON decisions.seq = hits.seq' : 'decisions'
  const filtered = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`
  return {
    sql: `SELECT decisions.seq, decisions.at, account, credential, network, verdict FROM ${from} ${filtered} ORDER BY ${table}.at DESC, ${table}.seq DESC`,
    values,
    byHit,
  }
}
