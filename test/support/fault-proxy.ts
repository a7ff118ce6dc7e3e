import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** What a wire does to the bytes that come over it. */
export type WireFault =
  /** Everything passes at once. */
  | { readonly kind: 'pass' }
  /** Bytes are taken and kept until the wire passes again. */
  | { readonly kind: 'freeze' }
  /** Bytes are taken and lost; connections open and nothing ever answers. */
  | { readonly kind: 'blackhole' }
  /** Every connection is reset, new ones too. */
  | { readonly kind: 'reset' }
  /** Everything arrives later. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** One byte at a time in each direction. */
  | { readonly kind: 'drip'; readonly everyMs: number }

/** A wire between a client and a server on this machine that can be broken and mended. */
export type FaultProxy = {
  readonly port: number
  set(fault: WireFault): void
  /** Connections open now. */
  connections(): number
  close(): Promise<void>
}

/** One direction of one connection. */
const createLane = (to: Socket, fault: () => WireFault) => {
  let kept: Buffer[] = []
  let dripping: NodeJS.Timeout | undefined
  const late = new Set<NodeJS.Timeout>()
  const send = (bytes: Buffer): void => {
    if (!to.destroyed) to.write(bytes)
  }
  const drip = (everyMs: number): void => {
    const all = Buffer.concat(kept)
    kept = all.length > 1 ? [all.subarray(1)] : []
    if (all.length > 0) send(all.subarray(0, 1))
    dripping = kept.length > 0 ? setTimeout(() => drip(everyMs), everyMs) : undefined
  }
  const pass = (bytes: Buffer): void => {
    const now = fault()
    switch (now.kind) {
      case 'pass':
        if (kept.length > 0) kept.push(bytes)
        else send(bytes)
        return flush()
      case 'freeze':
        return void kept.push(bytes)
      case 'blackhole':
      case 'reset':
        return
      case 'delay': {
        const timer = setTimeout(() => {
          late.delete(timer)
          send(bytes)
        }, now.ms)
        late.add(timer)
        return
      }
      case 'drip':
        kept.push(bytes)
        dripping ??= setTimeout(() => drip(now.everyMs), now.everyMs)
    }
  }
  const flush = (): void => {
    if (fault().kind !== 'pass' || kept.length === 0) return
    clearTimeout(dripping)
    dripping = undefined
    const all = Buffer.concat(kept)
    kept = []
    send(all)
  }
  const stop = (): void => {
    clearTimeout(dripping)
    for (const timer of late) clearTimeout(timer)
  }
  return { pass, flush, stop }
}

/** Starts a wire to a port of this machine. */
export const startFaultProxy = async (targetPort: number): Promise<FaultProxy> => {
  let fault: WireFault = { kind: 'pass' }
  const current = (): WireFault => fault
  const open = new Set<{ readonly reset: () => void; readonly flush: () => void }>()
  const server = createServer((near) => {
    if (fault.kind === 'reset') return near.resetAndDestroy()
    const far = connect(targetPort, '127.0.0.1')
    const there = createLane(far, current)
    const back = createLane(near, current)
    const end = (): void => {
      open.delete(pair)
      there.stop()
      back.stop()
      near.destroy()
      far.destroy()
    }
    const pair = {
      reset: () => {
        near.resetAndDestroy()
        end()
      },
      flush: () => {
        there.flush()
        back.flush()
      },
    }
    open.add(pair)
    near.on('data', there.pass).on('error', end).on('close', end)
    far.on('data', back.pass).on('error', end).on('close', end)
    return undefined
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    // A TCP listener's address is an AddressInfo.
    port: (server.address() as AddressInfo).port,
    set: (next) => {
      fault = next
      for (const pair of open) {
        if (next.kind === 'reset') pair.reset()
        else pair.flush()
      }
    },
    connections: () => open.size,
    close: async () => {
      for (const pair of open) pair.reset()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
    },
  }
}
