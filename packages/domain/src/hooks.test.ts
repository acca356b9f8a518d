import { describe, expect, it } from 'vitest'
import { hookTitle } from './hook-title.ts'
import { dumpFile, Hook, Hooks, hookIdFor, hookRules, isDump, isSameLogin } from './hooks.ts'
import { formatHook, parseHook } from './parse-hook.ts'
import { PlanOptions } from './plan-options.ts'

describe('a hook', () => {
  it.each([
    ['postgresql:shop', 'PostgreSQL database shop', 'postgresql-shop'],
    ['postgresql:', 'all PostgreSQL databases', 'postgresql-all'],
    ['mysql:shop,host=/run/mysqld/mysqld.sock,port=3307,user=backup', 'MySQL database shop', 'mysql-shop'],
    ['sqlite:/srv/a,b/Data 1.db', 'SQLite database /srv/a,b/Data 1.db', 'sqlite-data-1-db'],
    ['docker:web_1', 'container web_1', 'docker-web-1'],
    ['before:stop-web,timeout=90s,on-failure=stop', 'command stop-web', 'before-stop-web'],
    ['after:start-web', 'command start-web', 'after-start-web'],
  ])('typed as %s is read and written the same', (text, title, id) => {
    const hook = Hook.parse(parseHook(text))
    expect(formatHook(hook)).toBe(text)
    expect(hookTitle(hook)).toBe(title)
    expect(hook.id).toBe(id)
  })

  it.each([
    ['oracle:shop', /is no hook/],
    ['sqlite:relative.db', /An absolute path/],
    ['sqlite:/a.db,user=x', /user means nothing there/],
    ['docker:--all', /container/],
    ['postgresql:dbname=shop host=elsewhere', /not a connection/],
    ['postgresql:postgresql://elsewhere/shop', /not a connection/],
    ['mysql:-uroot', /hyphen/],
    ['mysql:shop,port=0', /./],
    ['mysql:shop,port=many', /./],
    ['before:rm -rf', /name of a command/],
    ['before:x,timeout=soon', /no length of time/],
    ['before:x,timeout=0s', /At least a second/],
    ['before:x,on-failure=panic', /stop or go-on/],
  ])('typed as %s is refused with a sentence', (text, sentence) => {
    expect(parseHook(text)).toMatch(sentence)
  })

  it('has half an hour and does not stop the run unless it says otherwise', () => {
    const hook = Hook.parse(parseHook('docker:web'))
    expect(hookRules(hook)).toBe('at most 30 min; the run goes on when it fails')
    expect(hookRules(Hook.parse(parseHook('docker:web,timeout=2m,on-failure=stop')))).toBe(
      'at most 2 min; stops the run when it fails',
    )
  })

  it('of the same thing twice gets another id, so that no dump replaces another', () => {
    const first = Hook.parse(parseHook('postgresql:shop'))
    const second = Hook.parse(parseHook('postgresql:shop,host=db2', new Set([first.id])))
    expect(second.id).toBe('postgresql-shop-2')
    expect([first, second].filter(isDump).map(dumpFile)).toEqual([
      'postgresql-shop.sql',
      'postgresql-shop-2.sql',
    ])
    expect(Hooks.safeParse([first, second]).success).toBe(true)
    expect(Hooks.safeParse([first, first]).error?.issues[0]?.path).toEqual([1, 'id'])
  })

  it('keeps its login when only the rules change, and not when the server or the user does', () => {
    const hook = Hook.parse(parseHook('mysql:shop,user=backup'))
    expect(isSameLogin(hook, { ...hook, timeoutSeconds: 5 })).toBe(true)
    for (const text of [
      'mysql:shop,user=root',
      'mysql:shop,user=backup,host=elsewhere',
      'postgresql:shop,user=backup',
    ])
      expect(isSameLogin(hook, { ...Hook.parse(parseHook(text)), id: hook.id })).toBe(false)
  })

  it('has an id whatever its name is made of', () => {
    const id = hookIdFor(
      { kind: 'dump-sqlite', path: `/${'ü'.repeat(80)}.db`, timeoutSeconds: 1, abort: false },
      new Set(),
    )
    expect(id).toMatch(/^sqlite-/)
  })

  it('is not in plans of before there were hooks', () => {
    expect(PlanOptions.parse({}).hooks).toEqual([])
  })
})
