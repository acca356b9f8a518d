/** Work that is done when so many calls were made: what a remote does behind its answer. */
export type Later = {
  /** Does `work` as soon as the call with this number begins; `forget` of its key prevents it. */
  at(number: number, work: () => Promise<void>, options?: { key: string }): void
  forget(key: string): void
  /** Does what is due by the call with this number; calls wait for it. */
  catchUp(number: number): Promise<void>
  /** Does everything that is left. */
  settle(): Promise<void>
}

export function createLater(): Later {
  let waiting: { key: string | undefined; number: number; work: () => Promise<void> }[] = []

  async function run(isDue: (number: number) => boolean): Promise<void> {
    const due = waiting.filter(({ number }) => isDue(number))
    waiting = waiting.filter(({ number }) => !isDue(number))
    for (const { work } of due) await work()
  }

  return {
    at: (number, work, options) => void waiting.push({ key: options?.key, number, work }),
    forget(key) {
      waiting = waiting.filter((one) => one.key !== key)
    },
    catchUp: (number) => run((due) => due <= number),
    settle: () => run(() => true),
  }
}
