const MEDIA = /^(audio|image|video)\/|^application\/octet-stream/i
const JSON_TYPE = /^application\/(json|[\w.-]+\+json)\s*(;|$)/i
const EVENT_STREAM = /^text\/event-stream\s*(;|$)/i

/** What the guard can make of an answer's body. */
export type BodyKind = 'json' | 'events' | 'media' | 'unknown'

/** The kind of body a `content-type` announces. */
export const bodyKind = (contentType: string | undefined): BodyKind => {
  if (contentType === undefined) return 'unknown'
  if (JSON_TYPE.test(contentType)) return 'json'
  if (EVENT_STREAM.test(contentType)) return 'events'
  return MEDIA.test(contentType) ? 'media' : 'unknown'
}
