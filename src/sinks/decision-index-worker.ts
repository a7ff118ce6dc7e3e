import { parentPort, workerData } from 'node:worker_threads'
import { createIndexKeeper } from './index-keeper.ts'
import type { IndexReply, IndexRequest, IndexWorkerData } from './index-protocol.ts'
import { indexRowOf } from './index-row.ts'
import { searchSegments } from './segment-search.ts'

// The thread of the index: SQLite is synchronous and would hold up calls anywhere else. The cast names
// what `createDecisionIndex`, the only one to start it, hands over.
const data = workerData as IndexWorkerData

const reply = (message: IndexReply): void => parentPort?.postMessage(message, [])
const keeper = createIndexKeeper(data, (report) => reply({ kind: 'report', report }))

const insert = (lines: readonly string[]): void => {
  const rows = lines.flatMap((line) => indexRowOf(line) ?? [])
  const taken = keeper.insert(rows) !== undefined
  reply({ kind: 'inserted', lines: lines.length, dropped: taken ? 0 : lines.length })
}

const find = async (ask: number, id: string, arrivedMs: number | undefined): Promise<void> => {
  const caps = { bytes: data.searchBytes, ms: data.searchMs }
  const indexed = keeper.use((database) => database.find(id))
  const record =
    indexed ??
    (arrivedMs === undefined ? undefined : await searchSegments(data.segments, id, arrivedMs, caps))
  reply({ kind: 'record', ask, record })
}

const handle = async (request: IndexRequest): Promise<void> => {
  switch (request.kind) {
    case 'insert':
      return insert(request.lines)
    case 'query': {
      const { ask, filter } = request
      const caps = { rows: data.queryRows, ms: data.queryMs }
      const page = keeper.use((database) => database.query(filter, caps))
      return reply(page === undefined ? { kind: 'failed', ask } : { kind: 'page', ask, page })
    }
    case 'find':
      return find(request.ask, request.id, request.arrivedMs).catch(() =>
        reply({ kind: 'failed', ask: request.ask }),
      )
    case 'close':
      keeper.close()
      reply({ kind: 'closed' })
      parentPort?.close()
  }
}

parentPort?.on('message', (request: IndexRequest) => void handle(request))
void keeper.catchUp()
