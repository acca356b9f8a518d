import type { Message } from '@holdfast/domain'
import { escapeHtml } from './escape-html.ts'

/** A message as a mail: plain text, and HTML that a phone shows well, without pictures or anything to load. Pure. */
export function mailOf(
  { severity, title, text, next, machine, at, url }: Message,
  { appUrl }: { appUrl: string },
): { subject: string; text: string; html: string } {
  const link = new URL(url, appUrl).href
  const when = `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`
  const plain = [title, '', text, ...(next === null ? [] : ['', next]), '', link, '', `${machine}, ${when}`]
  const { ink, fill, word } = LOOK[severity]
  const paragraphs = text
    .split('\n')
    .map((line) => `<p style="margin:0 0 12px">${escapeHtml(line)}</p>`)
    .join('')
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark"><title>${escapeHtml(title)}</title></head><body style="margin:0;padding:16px;background:#f4f5f4;font:16px/1.5 -apple-system,'Segoe UI',Roboto,sans-serif;color:#1c2421"><div style="max-width:560px;margin:0 auto;background:#fff;border:1px solid #d9dedb;border-radius:12px;overflow:hidden"><div style="padding:20px 20px 16px;background:${fill};color:${ink}"><div style="font-size:13px;font-weight:600">${word} · ${escapeHtml(machine)}</div><h1 style="margin:4px 0 0;font-size:21px;line-height:1.3">${escapeHtml(title)}</h1></div><div style="padding:20px">${paragraphs}${next === null ? '' : `<p style="margin:0 0 16px;color:#4a544f">${escapeHtml(next)}</p>`}<a href="${escapeHtml(link)}" style="display:inline-block;padding:12px 20px;border-radius:10px;background:#1f5d4c;color:#fff;text-decoration:none;font-weight:600">Open Holdfast</a><p style="margin:20px 0 0;font-size:13px;color:#5d6762">${when}</p></div></div></body></html>`
  return { subject: `${title} (${machine})`.replace(/[\r\n]+/g, ' '), text: plain.join('\n'), html }
}

/** Words beside the colours; each pair has at least 4.5 : 1. */
const LOOK: Readonly<Record<Message['severity'], { ink: string; fill: string; word: string }>> = {
  failing: { ink: '#7a1620', fill: '#fbe4e4', word: 'Failing' },
  'at-risk': { ink: '#694203', fill: '#fcf0d4', word: 'At risk' },
  good: { ink: '#14503c', fill: '#e0f2e9', word: 'Good' },
  info: { ink: '#24465f', fill: '#e3eef6', word: 'Note' },
}
