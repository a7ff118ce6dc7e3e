/** Bytes of English text a token stands for, about: the rule of thumb all three providers name. */
const BYTES_PER_TOKEN = 4

/** Tokens of so many bytes of text. Chinese or code can be off by half either way. */
export const tokensOfText = (bytes: number): number => Math.ceil(bytes / BYTES_PER_TOKEN)
