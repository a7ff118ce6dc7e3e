import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
// The flag adds this one function to every context made after it.
const collect = runInNewContext('gc') as () => void

/** Bytes in use once everything that nobody holds any more is gone. */
export const settledHeapBytes = (): number => {
  collect()
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
