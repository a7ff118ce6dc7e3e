import type { Run } from './sheet.ts'

/** `test ? yes : no`; broken where the test is. */
export const choose = <T>(test: Run<boolean>, yes: Run<T>, no: Run<T>): Run<T> => {
  return (sheet) => {
    const chosen = test(sheet)
    if (chosen === true) return yes(sheet)
    return chosen === false ? no(sheet) : chosen
  }
}
