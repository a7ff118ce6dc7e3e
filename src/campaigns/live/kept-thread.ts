import { Worker } from 'node:worker_threads'

/** A thread that is begun anew where it dies. */
export type KeptThread = {
  /** False where there is none now. */
  post(message: unknown): boolean
  running(): boolean
  /** Ends it as a crash would: it is begun anew. */
  crash(): Promise<void>
  /** Lets it do its last work, which `done` says the end of, for so long; it is not begun anew. */
  end(lastMessage: unknown, done: Promise<void>, withinMs: number): Promise<void>
}

const FIRST_PAUSE_MS = 500
const MAX_PAUSE_MS = 60_000
const HEAP_MB = 2_048

/** Starts a thread and keeps it: one that dies is begun anew after a pause, which doubles up to a minute. */
export const keepThread = (options: {
  readonly entry: URL
  /** What it is started with; `failedStarts` in a row came to nothing. */
  readonly dataOf: (failedStarts: number) => unknown
  readonly onMessage: (message: unknown) => void
  /** Whether the one that died had come as far as doing its work. */
  readonly wasReady: () => boolean
  readonly onLost: (because: string, ended: boolean) => void
}): KeptThread => {
  const { entry, dataOf, onMessage, wasReady, onLost } = options
  let worker: Worker | undefined
  let failedStarts = 0
  let ending = false

  const start = (): Worker => {
    const made = new Worker(entry, {
      workerData: dataOf(failedStarts),
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    })
    made.unref()
    made.on('message', onMessage)
    let because = 'the thread ended'
    made.on('error', (error) => {
      because = error instanceof Error ? error.message.slice(0, 200) : because
    })
    made.once('exit', () => {
      worker = undefined
      failedStarts = wasReady() ? 0 : failedStarts + 1
      onLost(because, ending)
      if (ending) return
      const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(failedStarts, 10), MAX_PAUSE_MS)
      setTimeout(() => {
        if (!ending) worker = start()
      }, pauseMs).unref()
    })
    return made
  }
  worker = start()

  return {
    post: (message) => {
      worker?.postMessage(message, [])
      return worker !== undefined
    },
    running: () => worker !== undefined,
    crash: async () => void (await worker?.terminate()),
    end: async (lastMessage, done, withinMs) => {
      ending = true
      const last = worker
      if (last === undefined) return
      last.postMessage(lastMessage, [])
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, withinMs)
      })
      await Promise.race([done, late])
      clearTimeout(timer)
      await last.terminate()
    },
  }
}
