import { createServer, type AddressInfo, type Socket } from 'node:net'

/** Something that listens where Redis is expected and says what a test wants. */
export type LyingRedis = {
  readonly port: number
  /** What it says to everything but the greeting from now on; `undefined` says nothing. */
  say(bytes: string | Buffer | undefined): void
  stop(): Promise<void>
}

const GREETING = /\r\n(hello|client|info|readonly|ping)\r\n/i

/** Greets as a Redis 7 of protocol 2 does, so that a client takes it for one. */
export const startLyingRedis = async (): Promise<LyingRedis> => {
  let words: string | Buffer | undefined
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (bytes) => {
      for (const command of bytes.toString('latin1').split(/(?=\*\d+\r\n\$)/)) {
        const [, greeting] = GREETING.exec(command) ?? []
        if (greeting === undefined) {
          if (words !== undefined) socket.write(words)
        } else if (/hello/i.test(greeting)) {
          socket.write('%1\r\n$5\r\nproto\r\n:3\r\n')
        } else if (/info/i.test(greeting)) {
          socket.write('$22\r\nloading:0\r\nrole:master\r\n')
        } else {
          socket.write('+OK\r\n')
        }
      }
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    // A listening TCP server has an address of this form.
    port: (server.address() as AddressInfo).port,
    say: (bytes) => {
      words = bytes
    },
    stop: async () => {
      const closed = new Promise((resolve) => {
        server.close(resolve)
      })
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
