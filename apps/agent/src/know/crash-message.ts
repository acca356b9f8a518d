import type { Message } from '@holdfast/domain'

/** What is said when the agent finds that it did not end by itself the last time. Pure. */
export function crashMessage({
  id,
  at,
  machine,
  doing,
}: {
  id: string
  at: Date
  machine: string
  doing: string
}): Message {
  return {
    ...{ id, at, machine, kind: 'notice', severity: 'info' },
    title: 'Holdfast was started again after it stopped suddenly',
    text: `It crashed, or the machine was switched off. ${doing}`,
    ...{ next: null, url: '/ops/', tag: 'restarted', data: { event: 'restarted' } },
  }
}
