const PREFIX = 'whsec_'

const decoded = (text: string): Buffer | undefined => {
  const bytes = Buffer.from(text, 'base64')
  // Node skips what is no base64; only what comes back as it was written is.
  return bytes.toString('base64') === text && bytes.length >= 16 ? bytes : undefined
}

/**
 * The keys that a secret of the settings stands for, the one that signs first. `whsec_` and base64 is the
 * form of Standard Webhooks; its libraries also take the base64 alone, so that a secret that could be that
 * counts both as it is written (UTF-8) and decoded. Throws where nothing decodes after `whsec_`.
 */
export const stepUpKeys = (secret: string): readonly Buffer[] => {
  if (secret.startsWith(PREFIX)) {
    const key = decoded(secret.slice(PREFIX.length))
    if (key === undefined)
      throw new Error('a step-up secret has no base64 of 16 bytes after whsec_')
    return [key]
  }
  const key = decoded(secret)
  return key === undefined ? [Buffer.from(secret, 'utf8')] : [Buffer.from(secret, 'utf8'), key]
}
