import { Readable } from 'node:stream'
import { Fault } from '../core/fault.ts'

/** Bounds of an upload. */
type UploadLimits = {
  readonly maxBytes: number
  /** The longest wait for the caller's next bytes. */
  readonly idleMs: number
}

/**
 * The body of an upload as the upstream reads it: passed through piece by piece, never collected, and
 * asked for only as fast as the upstream takes it. It fails with fault `body_too_large` past `maxBytes`,
 * `request_timeout` where the caller stalls and `client_gone` where it leaves. When it is destroyed
 * early, because the upstream answered before the end, the source stays whole, so that the answer can
 * reach the caller; its remaining bytes are read and dropped.
 */
export const createUpload = (source: Readable, limits: UploadLimits): Readable => {
  let sizeBytes = 0
  let waitsForUpstream = true
  const upload = new Readable({
    read() {
      waitsForUpstream = false
      idle.refresh()
      source.resume()
    },
    destroy(error, done) {
      clearTimeout(idle)
      source.off('data', take).off('end', end).off('error', left).off('close', left)
      source.on('error', ignore).resume()
      done(error)
    },
  })
  const take = (chunk: Buffer): void => {
    sizeBytes += chunk.length
    if (sizeBytes > limits.maxBytes) {
      upload.destroy(new Fault('body_too_large'))
    } else if (upload.push(chunk)) {
      idle.refresh()
    } else {
      waitsForUpstream = true
      source.pause()
    }
  }
  const end = (): void => {
    clearTimeout(idle)
    upload.push(null)
  }
  const left = (): void => {
    if (!source.readableEnded) upload.destroy(new Fault('client_gone'))
  }
  const idle = setTimeout(() => {
    if (!waitsForUpstream) upload.destroy(new Fault('request_timeout'))
  }, limits.idleMs)
  // Failures reach the caller through the request that reads this; without one there is nobody to tell.
  upload.on('error', ignore)
  source.on('data', take).on('end', end).on('error', left).on('close', left)
  source.pause()
  if (source.destroyed) left()
  return upload
}

const ignore = (): void => {}
