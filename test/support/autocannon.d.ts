/** The part of autocannon's interface that the tests use; the package ships no types. */
declare module 'autocannon' {
  export type Report = {
    readonly requests: { readonly total: number }
    readonly non2xx: number
    readonly errors: number
    readonly timeouts: number
  }
  export type Options = {
    readonly url: string
    readonly connections: number
    readonly duration: number
    readonly method: string
    readonly headers: { readonly [name: string]: string }
    readonly body: string
  }
  const autocannon: (
    options: Options,
    done: (error: Error | null, report: Report) => void,
  ) => { stop(): void }
  export default autocannon
}
