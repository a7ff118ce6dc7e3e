import type { Treatment } from './router.ts'

/** A generation asked for in JSON. */
export const GENERATE: Treatment = { kind: 'generate', metering: 'generate', body: 'json' }

/** A generation from uploaded images or sound. */
export const GENERATE_UPLOAD: Treatment = { kind: 'generate', metering: 'generate', body: 'upload' }

/** A generation that runs on its own and answers before it is done: charged when handed in. */
export const GENERATE_LATER: Treatment = { kind: 'generate', metering: 'submit', body: 'json' }

/** The same, from an upload. */
export const GENERATE_LATER_UPLOAD: Treatment = {
  kind: 'generate',
  metering: 'submit',
  body: 'upload',
}

/** Embeddings: input tokens only. */
export const EMBED: Treatment = { kind: 'embed', metering: 'embed', body: 'json' }

/** A job of many requests. */
export const SUBMIT: Treatment = { kind: 'batch', metering: 'submit', body: 'json' }

/** Looking at jobs, or stopping them. */
export const BATCH_READ: Treatment = { kind: 'batch', metering: 'request', body: 'none' }

/** Stopping or resuming a job with a body that may be empty. */
export const BATCH_WRITE: Treatment = { kind: 'batch', metering: 'request', body: 'json' }

/** Reading resources. */
export const READ: Treatment = { kind: 'list', metering: 'request', body: 'none' }

/** Making, changing or using resources at no tokens; the body may be empty. */
export const WRITE: Treatment = { kind: 'other', metering: 'request', body: 'json' }

/** Removing resources. */
export const REMOVE: Treatment = { kind: 'other', metering: 'request', body: 'none' }

/** Reading and removing files. */
export const FILE: Treatment = { kind: 'file', metering: 'request', body: 'none' }

/** Changing what is known of files. */
export const FILE_WRITE: Treatment = { kind: 'file', metering: 'request', body: 'json' }

/** Uploading files. */
export const UPLOAD: Treatment = { kind: 'file', metering: 'request', body: 'upload' }
