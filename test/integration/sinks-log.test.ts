import { spawn } from 'node:child_process'
import { describe, expect, it } from 'vitest'

const LOG = new URL('../../src/sinks/log.ts', import.meta.url).href

/** A program that logs for a while and then says on standard error that it is still there. */
const PROGRAM = `
  import { createLog } from ${JSON.stringify(LOG)}
  const log = createLog({ level: 'info' })
  let n = 0
  const timer = setInterval(() => {
    for (let at = 0; at < 100; at++) log.info({ n: n++, pad: 'x'.repeat(500) }, 'line')
    if (n >= 3000) { clearInterval(timer); process.stderr.write('still here') }
  }, 2)`

const run = (onStart: (stdout: NodeJS.ReadableStream & { destroy(): void }) => void) => {
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', PROGRAM])
  let said = ''
  child.stderr.on('data', (text: Buffer) => {
    said += text.toString()
  })
  onStart(child.stdout)
  return new Promise<{ code: number | null; said: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, said }))
  })
}

describe('the log of a process', () => {
  it('reaches standard output whole', async () => {
    let text = ''
    const { code } = await run((stdout) => {
      stdout.on('data', (some: Buffer) => {
        text += some.toString()
      })
    })
    expect(code).toBe(0)
    const lines = text.trim().split('\n')
    expect(lines).toHaveLength(3_000)
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ level: 'info', n: 2_999 })
  })

  it('does not stop the program when its reader goes away', async () => {
    const { code, said } = await run((stdout) => stdout.destroy())
    expect(said).toContain('still here')
    expect(code).toBe(0)
  })
})
