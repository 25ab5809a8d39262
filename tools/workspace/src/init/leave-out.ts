import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { controls } from '@tideway/controls/controls'
import { filesIn } from '../files'

/** A file or folder that goes with a part. Its stack, contract, and entries in lists go without being named here. */
interface Removal {
  readonly path: string
  readonly reason: string
}

interface Part {
  readonly removes: readonly Removal[]
  /** Sections of documents that are about the part alone: `file#heading`. */
  readonly sections: readonly string[]
  /** Controls of these types of resources have nothing to check any more. */
  readonly lacks: RegExp
  /** What other stacks then violate: the reason, and the resources by control. */
  readonly accepts: {
    readonly reason: string
    readonly resources: Readonly<Record<string, string>>
  }
  /** What the organization must know, printed at the end. */
  readonly afterwards: string
}

/** What an organization can do without. The other stacks and tools work from what is there. */
export const parts: Readonly<Record<string, Part>> = {
  edge: {
    removes: [
      { path: 'docs/operations/site-down.md', reason: 'the health check of the site is gone' },
      { path: 'docs/operations/server-errors.md', reason: 'the alarms of distributions are gone' },
      {
        path: 'docs/operations/certificate-runs-out.md',
        reason: 'the alarms of its certificates are gone',
      },
      { path: 'docs/operations/signing.md', reason: 'nothing signs the public zone' },
      { path: 'tools/workspace/test/leave-out.test.ts', reason: 'it leaves out the edge' },
    ],
    sections: ['docs/operations/README.md#Edge'],
    lacks: /^aws_cloudfront_/,
    accepts: {
      reason:
        'the stack edge, which signs the zone and logs its queries, is left out: the zone has the names and the certificates of the load balancers alone',
      resources: { CKV2_AWS_38: 'network/zones/public', CKV2_AWS_39: 'network/zones/public' },
    },
    afterwards: `Services behind the internal load balancer need nothing else. The external load balancer still accepts CloudFront alone, with a
secret header: your own distribution needs the outputs origin_host_name, origin_header_name and origin_secret_arn of compute.
See docs/how-to/make-it-yours.md#leave-out-the-edge.`,
  },
}

/** Why a stack is no part that can be left out. */
const needed: Readonly<Record<string, string>> = {
  network: 'every other stack runs in its VPC',
  data: 'compute reads its log bucket, its database and its cache',
  compute: 'it runs the services, which the platform is for',
}

const exceptions = 'tools/controls/src/left-out.json'

/** Documents, and what has an entry for each stack. */
const lists =
  /(^|\/)package\.json$|^package-lock\.json$|^biome\.jsonc$|^CODEOWNERS$|\.md$|\/(constructs\/src\/stacks|src\/contracts\/index|src\/stack-roles)\.ts$/

export interface LeftOut {
  /** From the root. */
  readonly deleted: readonly string[]
  readonly changed: readonly string[]
  /** What to do, and to know, about the rest. */
  readonly afterwards: string
}

/**
 * Deletes a part from a clone, and what lists it or links to it. Run again, it changes nothing. Afterwards `npm install`
 * removes its link from node_modules, and `npm run docs` its rows from generated tables.
 */
export function leaveOut(name: string, root: string): LeftOut {
  const part = Object.hasOwn(parts, name) ? parts[name] : undefined
  if (part === undefined) throw new Error(refusal(name))
  const gone = [
    `apps/${name}`,
    `packages/constructs/src/contracts/${name}`,
    ...part.removes.map(({ path }) => path),
  ]
  const deleted = gone.filter((path) => existsSync(join(root, path)))
  for (const path of deleted) rmSync(join(root, path), { recursive: true })
  const changed = filesIn(root).filter((file) => {
    if (!lists.test(file)) return false
    const before = readFileSync(join(root, file), 'utf8')
    const after = without(name, part, gone, file, before)
    if (after !== before) writeFileSync(join(root, file), after)
    return after !== before
  })
  if (deleted.length > 0) acceptLoss(name, part, join(root, exceptions))
  return { deleted, changed, afterwards: part.afterwards }
}

/** Lists what the security controls then cannot check, and what then violates them. */
function acceptLoss(name: string, { lacks, accepts }: Part, file: string): void {
  const before: { notApplicable: object; accepted: object[] } = JSON.parse(
    readFileSync(file, 'utf8'),
  )
  const idle = controls.filter(({ resourceTypes }) =>
    resourceTypes.every((type) => lacks.test(type)),
  )
  const reason = `the stack ${name} is left out, and no other has such resources`
  const since = new Date().toISOString().slice(0, 10)
  const after = {
    notApplicable: {
      ...before.notApplicable,
      ...Object.fromEntries(idle.map(({ id }) => [id, reason])),
    },
    accepted: [
      ...before.accepted,
      ...Object.entries(accepts.resources).map(([control, resource]) => ({
        control,
        resources: [resource],
        reason: accepts.reason,
        since,
      })),
    ],
  }
  const text = JSON.stringify(after, null, 2).replace(/\[\s+("[^"]*")\s+\]/g, '[$1]')
  writeFileSync(file, `${text}\n`)
}

function refusal(name: string): string {
  const known = Object.keys(parts).join(', ')
  const reason = Object.hasOwn(needed, name) ? `. It cannot go: ${needed[name]}` : ''
  return `--without: must be one of: ${known}; got "${name}"${reason}`
}

function without(name: string, part: Part, gone: readonly string[], file: string, text: string) {
  if (file === 'CODEOWNERS')
    return linesWithout(text, (line) => gone.some((path) => line.startsWith(`/${path}/`)))
  if (file === 'package-lock.json') return lockWithout(name, text)
  if (file === 'biome.jsonc') return text.replace(`, "@tideway/${name}"`, '')
  if (file.endsWith('.json'))
    return text.replaceAll(new RegExp(`,\\s*"${name}"(?=\\s*[,\\]])`, 'g'), '')
  if (file.endsWith('.ts')) return tableWithout(name, text)
  const kept = part.sections
    .filter((section) => section.startsWith(`${file}#`))
    .reduce((all, section) => sectionWithout(section.slice(file.length + 1), all), text)
  const listed = new RegExp(`(-p \\S*),${name}\\b|,? (?:and )?\\[${name}\\]\\([^)]*\\)`, 'g')
  return linksWithout(name, gone, file, kept.replace(listed, '$1'))
}

function linesWithout(text: string, isGone: (line: string) => boolean): string {
  return text
    .split('\n')
    .filter((line) => !isGone(line))
    .join('\n')
}

function lockWithout(name: string, text: string): string {
  const lock: { readonly packages: Record<string, unknown> } = JSON.parse(text)
  delete lock.packages[`apps/${name}`]
  delete lock.packages[`node_modules/@tideway/${name}`]
  return `${JSON.stringify(lock, null, 2)}\n`
}

/** Removes the entry of a stack, its import, and its name among others. The formatter has put the end of an entry below its start. */
function tableWithout(name: string, text: string): string {
  return text
    .replace(new RegExp(`^import \\{ ${name} \\} from .*\\n`, 'm'), '')
    .replace(new RegExp(`^( *)${name}: (?:\\{\\},|[\\s\\S]*?\\n\\1[}\\])]+,)\\n`, 'm'), '')
    .replace(new RegExp(`^ *${name},\\n`, 'm'), '')
}

function sectionWithout(heading: string, text: string): string {
  const section = new RegExp(`^(#+) ${heading}\\n[\\s\\S]*?(?=^#{1,3} |(?![\\s\\S]))`, 'm')
  return text.replace(section, '')
}

/** Removes rows of tables and commands that are about the part alone. Other links to what is gone become text. */
function linksWithout(name: string, gone: readonly string[], file: string, text: string): string {
  const leadsNowhere = (link: string) => {
    const target = posix.join(posix.dirname(file), link.split('#')[0] ?? '')
    return gone.some((path) => target === path || target.startsWith(`${path}/`))
  }
  const isAbout = (line: string) => {
    const links = [...line.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
    return links.length > 0
      ? links.every(leadsNowhere)
      : new RegExp(`^\\| \`?${name}\`? +\\|`).test(line)
  }
  const goes = (line: string) =>
    line.startsWith('|') ? isAbout(line) : new RegExp(`^npx nx \\w+ ${name} `).test(line)
  return linesWithout(text, goes).replace(
    /\[([^\]]*)\]\(([^)\s]+)\)/g,
    (all, label: string, link: string) => (leadsNowhere(link) ? label : all),
  )
}
