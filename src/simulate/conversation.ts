/** How a client writes its requests. */
export type Wire = 'openai' | 'anthropic'

/** What stays the same over a conversation. All texts are pieces of JSON strings (see `escaped`). */
export type Setup = {
  readonly wire: Wire
  readonly model: string
  /** Empty for none. */
  readonly system: string
  /** Decoding fields as they stand in the body, such as `"temperature":0.2,"max_tokens":512`; may be empty. */
  readonly decode: string
  /** The list of tools as JSON; empty for none. */
  readonly tools: string
}

/** A conversation that grows: every body extends the messages of the one before. */
export type Conversation = {
  readonly setup: Setup
  /** Messages so far, as JSON, without brackets. */
  messages: string
  turns: number
}

/** Paths of the two wire forms. */
export const PATHS: { readonly [wire in Wire]: string } = {
  openai: '/v1/chat/completions',
  anthropic: '/v1/messages',
}

/** Begins a conversation with nothing said yet. */
export const startConversation = (setup: Setup): Conversation => ({
  setup,
  messages:
    setup.wire === 'openai' && setup.system !== ''
      ? `{"role":"system","content":"${setup.system}"}`
      : '',
  turns: 0,
})

const push = (conversation: Conversation, message: string): void => {
  conversation.messages += conversation.messages === '' ? message : `,${message}`
  conversation.turns++
}

/** The person says something. */
export const say = (conversation: Conversation, text: string): void =>
  push(conversation, `{"role":"user","content":"${text}"}`)

/** The model answered; its answer goes along in the next call. */
export const answer = (conversation: Conversation, text: string): void =>
  push(conversation, `{"role":"assistant","content":"${text}"}`)

/** The model used a tool and got a result. `args` is a JSON object, escaped as a string for OpenAI. */
export const useTool = (
  conversation: Conversation,
  call: {
    readonly id: string
    readonly name: string
    readonly args: string
    readonly result: string
  },
): void => {
  const { id, name, args, result } = call
  if (conversation.setup.wire === 'openai') {
    push(
      conversation,
      `{"role":"assistant","content":null,"tool_calls":[{"id":"call_${id}","type":"function","function":{"name":"${name}","arguments":"{\\"input\\":\\"${args}\\"}"}}]}`,
    )
    push(conversation, `{"role":"tool","tool_call_id":"call_${id}","content":"${result}"}`)
    return
  }
  push(
    conversation,
    `{"role":"assistant","content":[{"type":"tool_use","id":"toolu_${id}","name":"${name}","input":{"input":"${args}"}}]}`,
  )
  push(
    conversation,
    `{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_${id}","content":"${result}"}]}`,
  )
}

/** The body of a call of this conversation as it stands. */
export const bodyOf = ({ setup, messages }: Conversation): Uint8Array => {
  const { wire, model, system, decode, tools } = setup
  const head =
    wire === 'anthropic' && system !== ''
      ? `{"model":"${model}","system":"${system}","messages":[`
      : `{"model":"${model}","messages":[`
  const more = `${decode === '' ? '' : `,${decode}`}${tools === '' ? '' : `,"tools":${tools}`}}`
  return Buffer.from(`${head}${messages}]${more}`, 'latin1')
}
