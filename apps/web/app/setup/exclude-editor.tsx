'use client'

import { formatBytes } from '@holdfast/domain'
import { ChevronDown, Plus, X } from 'lucide-react'
import { type ReactNode, useId, useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Card } from '#web/parts/card.tsx'
import { cn } from '#web/parts/class-names.ts'
import { TextField } from '#web/parts/field.tsx'
import { Switch } from '#web/parts/switch.tsx'
import type { ExcludePreview } from '#web/trpc/types.ts'
import { countOf } from '#web/words/locale.ts'
import { currentPreview, type What, type WhatAction } from './what.ts'

const SUGGESTED = ['node_modules/', '.cache/', '*.iso', '*.tmp', 'Thumbs.db', '.DS_Store'] as const

type Omitted = ExcludePreview['larger']

/** What to leave out, with what each rule really leaves out of what is chosen. */
export function ExcludeEditor(props: {
  readonly what: What
  readonly act: (action: WhatAction) => void
  readonly problems: Readonly<Record<string, string>>
  readonly open: boolean
  readonly onOpen: (open: boolean) => void
}) {
  const { what, act, problems, open } = props
  const id = useId()
  const preview = currentPreview(what)
  // While a new answer is on its way the old one is better than none.
  const shown = preview ?? what.preview?.answer
  const stale = preview?.done !== true
  return (
    <Card className="p-1.5">
      <button
        type="button"
        aria-expanded={open}
        aria-controls={id}
        onClick={() => props.onOpen(!open)}
        className="flex min-h-11 w-full items-center gap-3 rounded-xl px-2.5 py-2 text-left hover:bg-wash"
      >
        <span className="min-w-0 grow">
          <span className="block font-semibold leading-snug">Leave out</span>
          <span className="note block">{summaryOf(what)}</span>
        </span>
        <ChevronDown aria-hidden className={cn('size-5 shrink-0 text-soft', open && 'rotate-180')} />
      </button>
      {open && (
        <div id={id} className="grid gap-4 px-2.5 pt-2 pb-2.5">
          <Rules what={what} act={act} shown={shown} stale={stale} />
          <div className="divide-y divide-line border-line border-y">
            <Option
              title="Caches"
              text="Folders that a program marked as its cache (CACHEDIR.TAG)."
              on={what.skipCacheDirs}
              onSwitch={(on) => act({ type: 'skip-caches', on })}
            >
              {what.skipCacheDirs && <Saves omitted={shown?.caches} stale={stale} />}
            </Option>
            <Option
              title="Large files"
              text="Files with more bytes than you say."
              on={what.larger.on}
              onSwitch={(on) => act({ type: 'limit-size', on, text: what.larger.text })}
            >
              {what.larger.on && (
                <div className="mt-2 grid gap-1.5">
                  <TextField
                    label="Larger than"
                    value={what.larger.text}
                    maxLength={20}
                    inputMode="text"
                    onChange={(event) => act({ type: 'limit-size', on: true, text: event.target.value })}
                    problem={problems.larger}
                  />
                  <Saves omitted={shown?.larger} stale={stale} />
                </div>
              )}
            </Option>
            <Option
              title="Other disks"
              text="What is mounted inside a folder from somewhere else."
              on={what.oneFileSystem}
              onSwitch={(on) => act({ type: 'one-file-system', on })}
            >
              {what.oneFileSystem && <Disks omitted={shown?.fileSystems} stale={stale} />}
            </Option>
          </div>
          <p role="status" className="note num">
            {shown === undefined || stale
              ? 'Looking what that leaves…'
              : `This leaves ${countOf(shown.kept.files, 'file')}, ${formatBytes(shown.kept.bytes)}.`}
          </p>
        </div>
      )}
    </Card>
  )
}

function Rules(props: {
  readonly what: What
  readonly act: (action: WhatAction) => void
  readonly shown: ExcludePreview | undefined
  readonly stale: boolean
}) {
  const { what, act, shown, stale } = props
  const [rule, setRule] = useState('')
  const add = () => {
    act({ type: 'add-rule', rule })
    setRule('')
  }
  const suggested = SUGGESTED.filter((one) => !what.rules.includes(one))
  return (
    <div className="grid gap-3">
      {what.rules.length > 0 && (
        <ul className="grid gap-2" aria-label="Rules">
          {what.rules.map((one) => (
            <li key={one} className="flex items-start gap-1 rounded-xl border border-line py-1 pl-3">
              <div className="min-w-0 grow py-2">
                <code className="break-all font-mono text-[15px]">{one}</code>
                <Saves
                  omitted={shown?.rules.find((omitted) => omitted.rule === one)}
                  stale={stale}
                  rule={one}
                />
              </div>
              <Button
                look="plain"
                size="icon"
                aria-label={`Remove the rule ${one}`}
                onClick={() => act({ type: 'remove-rule', rule: one })}
              >
                <X aria-hidden className="size-5" />
              </Button>
            </li>
          ))}
        </ul>
      )}
      <TextField
        label="Add a rule"
        note={
          <>
            As in a .gitignore: <code className="font-mono">*.iso</code> by name,{' '}
            <code className="font-mono">build/</code> for folders, <code className="font-mono">/old</code>{' '}
            only at the top, <code className="font-mono">!keep.iso</code> keeps one.
          </>
        }
        value={rule}
        maxLength={1000}
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        className="font-mono text-[15px]"
        onChange={(event) => setRule(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return
          // Enter adds the rule; it does not leave the step.
          event.preventDefault()
          add()
        }}
        end={
          <Button className="size-13 bg-card" size="icon" aria-label="Add the rule" onClick={add}>
            <Plus aria-hidden className="size-5" />
          </Button>
        }
      />
      {suggested.length > 0 && (
        <div className="flex flex-wrap gap-2">
          {suggested.map((one) => (
            <Button
              key={one}
              className="font-mono font-normal"
              aria-label={`Leave out ${one}`}
              onClick={() => act({ type: 'add-rule', rule: one })}
            >
              {one}
            </Button>
          ))}
        </div>
      )}
    </div>
  )
}

function Option(props: {
  readonly title: string
  readonly text: string
  readonly on: boolean
  readonly onSwitch: (on: boolean) => void
  readonly children: ReactNode
}) {
  const id = useId()
  return (
    <div className="py-2.5">
      <div className="flex items-start gap-3">
        <label htmlFor={id} className="min-w-0 grow cursor-pointer py-1">
          <span className="block font-semibold leading-snug">{props.title}</span>
          <span className="note block">{props.text}</span>
        </label>
        <Switch id={id} checked={props.on} onCheckedChange={props.onSwitch} />
      </div>
      {props.children}
    </div>
  )
}

/** What a rule leaves out and saves, so far or in all. */
function Saves(props: {
  readonly omitted: Omitted | undefined
  readonly stale: boolean
  readonly rule?: string
}) {
  const { omitted, stale, rule } = props
  if (rule?.startsWith('!') === true)
    return <p className="note">Keeps what rules before it would leave out.</p>
  if (omitted === undefined) return <p className="note">Looking…</p>
  if (omitted.files === 0 && omitted.folders === 0)
    return rule === undefined || stale ? (
      <p className="note">{stale ? 'Nothing so far…' : 'None here.'}</p>
    ) : (
      <p className="text-[14px] text-risk">Leaves out nothing here.</p>
    )
  const folders = omitted.folders === 0 ? '' : ` in ${countOf(omitted.folders, 'folder')}`
  return (
    <div className={cn('note num', stale && 'opacity-70')}>
      <p>
        Saves <b className="font-semibold text-ink">{formatBytes(omitted.bytes)}</b>:{' '}
        {countOf(omitted.files, 'file')}
        {omitted.files > 0 && omitted.folders > 0 ? folders : ''}
      </p>
      <Examples paths={omitted.examples} />
    </div>
  )
}

function Disks({ omitted, stale }: { readonly omitted: Omitted | undefined; readonly stale: boolean }) {
  if (omitted === undefined || (stale && omitted.folders === 0)) return <p className="note">Looking…</p>
  if (omitted.folders === 0) return <p className="note">None is mounted inside what you chose.</p>
  return (
    <div className="note">
      <p>Leaves out what is mounted at {countOf(omitted.folders, 'folder')}; the empty folders stay.</p>
      <Examples paths={omitted.examples} />
    </div>
  )
}

function Examples({ paths }: { readonly paths: readonly string[] }) {
  if (paths.length === 0) return null
  return (
    <ul className="mt-1 grid gap-0.5">
      {paths.map((path) => (
        <li key={path} className="break-all font-mono text-[12.5px]">
          {path}
        </li>
      ))}
    </ul>
  )
}

function summaryOf({ rules, skipCacheDirs, larger, oneFileSystem }: What): string {
  const parts = [
    ...(skipCacheDirs ? ['caches'] : []),
    ...(larger.on ? [`files over ${larger.text}`] : []),
    ...(oneFileSystem ? ['other disks'] : []),
    ...(rules.length > 0 ? [rules.length <= 3 ? rules.join(', ') : countOf(rules.length, 'rule')] : []),
  ]
  return parts.length === 0 ? 'Nothing' : parts.join(', ')
}
