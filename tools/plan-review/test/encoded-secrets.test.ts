import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Arbitrary,
  array,
  constantFrom,
  oneof,
  sample,
  string,
  stringMatching,
} from 'fast-check'
import type { Json, JsonObject } from '../src/json'
import { parsePlan } from '../src/plan-file'
import { toHtml } from '../src/render/html'
import { toJson } from '../src/render/json'
import { toMarkdown } from '../src/render/markdown'
import { formatValue } from '../src/render/words'
import { reviewOf } from './plans'

/** Expressions of Terraform that encode the text `s`. */
const encodings = {
  plain: 's',
  urlencode: 'urlencode(s)',
  jsonencode: 'jsonencode(s)',
  yamlencode: 'yamlencode({ a = { b = s } })',
  csv: '"\\"${replace(s, "\\"", "\\"\\"")}\\""',
  quoted: 'format("%q", s)',
  'for a shell': `replace(s, "'", "'\\\\''")`,
  'for a shell with double quotes': `replace(s, "'", "'\\"'\\"'")`,
  base64: 'base64encode(s)',
  'base64 after one character': 'base64encode("x${s}")',
  'base64 after two characters': 'base64encode("xy${s}zzz")',
  'base64 after a sentence': 'base64encode("password: ${s}\\nuser: me")',
  'base64 in one word with other text': '"Bearer${base64encode(s)}x/y"',
  base64url: 'replace(replace(replace(base64encode(s), "=", ""), "+", "-"), "/", "_")',
  'base64 in lines': 'join("\\n", regexall(".{1,20}", base64encode("user=someone password=${s}")))',
  base64gzip: 'base64gzip(s)',
  'base64gzip of a script': 'base64gzip("#!/bin/sh\\nexport P=${s}\\n")',
  'UTF-16': 'textencodebase64(s, "UTF-16LE")',
  'UTF-16, big-endian': 'textencodebase64("x${s}", "UTF-16BE")',
  upper: 'upper(s)',
  lower: 'lower(s)',
  title: 'title(s)',
  strrev: 'strrev(s)',
  trimspace: 'trimspace(s)',
  indent: 'indent(4, "\\n${s}")',
  'JSON in JSON': 'jsonencode({ a = jsonencode({ b = s }) })',
  'JSON in JSON in JSON': 'jsonencode([jsonencode([jsonencode([s])])])',
  'JSON in base64': 'base64encode(jsonencode({ a = s }))',
  'base64 in JSON': 'jsonencode({ auths = { x = base64encode("AWS:${s}") } })',
  'base64 in base64': 'base64encode("x${base64encode(s)}")',
  'urlencode of JSON': 'urlencode(jsonencode({ a = s }))',
  'urlencode twice': 'urlencode(urlencode(s))',
  'urlencode of base64': 'urlencode(base64encode("xy${s}"))',
  'base64 of urlencode': 'base64encode("postgres://me:${urlencode(s)}@db/x")',
  'YAML of JSON of urlencode': 'yamlencode({ a = jsonencode([urlencode(s)]) })',
  'HTML of JSON':
    'replace(replace(replace(jsonencode(s), "&", "&amp;"), "\\"", "&#34;"), "<", "&lt;")',
  'upper of urlencode': 'upper(urlencode(s))',
  'YAML in long lines': `yamlencode({ a = "${'some words '.repeat(7)}\${s} and more" })`,
  'a configuration of Docker':
    'base64encode(jsonencode({ auths = { "r.test" = { auth = base64encode("me:${s}") } } }))',
  'a part of a token':
    '"e30.${replace(replace(replace(base64encode(jsonencode({ k = s })), "=", ""), "+", "-"), "/", "_")}.c2ln"',
  'a part of a message': String.raw`"--B\nContent-Transfer-Encoding: base64\n\n${'$'}{join("\n", regexall(".{1,76}", base64encode("#cloud-config\n${'$'}{yamlencode({ content = s })}")))}\n--B--"`,
  'gzip in YAML in gzip': 'base64gzip(yamlencode({ content = base64gzip(s) }))',
  'for Compose': 'replace(s, "$", "$$")',
  'a script for PowerShell': 'textencodebase64("run \\"${s}\\"", "UTF-16LE")',
} as const

const secrets: Arbitrary<string> = oneof(
  stringMatching(/^[A-Za-z0-9]{8,40}$/),
  stringMatching(/^[A-Za-z0-9!#$%&*()_=+<>:?{}'"`~^;,.\\/|@ -]{6,40}$/),
  array(constantFrom(...'aZ0<>&\'"\\/+%$`{}✓üß日🦀\n\t\u2028'), {
    minLength: 6,
    maxLength: 30,
  }).map((letters) => letters.join('')),
  array(stringMatching(/^[!-~]{6,30}$/), { minLength: 2, maxLength: 3 }).map((lines) =>
    lines.join('\n'),
  ),
  stringMatching(/^[a-z]\d[A-Z!#]{1,3}$/),
  stringMatching(/^[3-9]\d{3,7}$/),
  string({ unit: 'grapheme', minLength: 6, maxLength: 20 }),
)

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tideway-secrets-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Terraform encodes the secrets in each way: what it plans to print, and the encoded secrets alone. */
function planWith(texts: readonly string[]): {
  json: JsonObject
  encoded: Record<string, string>[]
} {
  const all = Object.entries(encodings).map(
    ([name, expression]) => `${JSON.stringify(name)} = ${expression}`,
  )
  const configuration = `
variable "secrets" {
  type      = list(string)
  sensitive = true
}
locals {
  encoded = [for s in nonsensitive(var.secrets) : { ${all.join('\n')} }]
}
output "encoded" {
  value = local.encoded
}
output "within" {
  value = [for each in local.encoded : { for name, text in each : name => "a text <\${text}>, and more" }]
}
output "keys" {
  value = [for each in local.encoded : { for name, text in each : "\${name} \${text}" => name }]
}
resource "terraform_data" "it" {
  for_each = toset(flatten([for each in local.encoded : values(each)]))
  input    = "run --token='\${each.key}'"
}
check "it" {
  assert {
    condition     = length(local.encoded) == 0
    error_message = "not one of \${jsonencode(flatten([for each in local.encoded : values(each)]))}"
  }
}
`
  writeFileSync(join(folder, 'main.tf'), configuration)
  writeFileSync(join(folder, 'it.auto.tfvars.json'), JSON.stringify({ secrets: texts }))
  const terraform = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync('terraform', args, {
      cwd: folder,
      encoding: 'utf8',
      maxBuffer: 1 << 30,
      env: { ...process.env, CHECKPOINT_DISABLE: '1' },
    })
    if (status !== 0) throw new Error(`terraform ${args.join(' ')}\n${stderr}`)
    return stdout
  }
  terraform('plan', '-input=false', '-out=plan', '-no-color')
  const json = JSON.parse(terraform('show', '-json', 'plan'))
  return { json, encoded: json.output_changes.encoded.after }
}

/** How each format writes a text. */
const written = {
  json: (text: string) => JSON.stringify(text).slice(1, -1),
  markdown: (text: string) => formatValue(text, Number.POSITIVE_INFINITY).slice(1, -1),
  html: (text: string) =>
    formatValue(text, Number.POSITIVE_INFINITY)
      .slice(1, -1)
      .replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`),
}

/** Within an address, Terraform has quoted a key once already. */
const quoted = (text: string) => JSON.stringify(text).slice(1, -1)

/** The encoded secrets that an output contains. */
function printedOf(texts: readonly string[]): Json[] {
  const { json, encoded } = planWith(texts)
  const review = reviewOf(parsePlan('encoded.json', Buffer.from(JSON.stringify(json))))
  const outputs = {
    json: toJson(review),
    markdown: toMarkdown(review, Number.POSITIVE_INFINITY),
    html: toHtml(review),
  }
  expect(encoded.flatMap(Object.keys)).toHaveLength(texts.length * Object.keys(encodings).length)
  return (Object.entries(outputs) as [keyof typeof written, string][]).flatMap(([format, output]) =>
    encoded.flatMap((each) =>
      Object.entries(each)
        .filter(([, text]) =>
          [text, quoted(text)].some((form) => output.includes(written[format](form))),
        )
        .map(([name, text]) => ({ name, text, format })),
    ),
  )
}

describe('a secret that Terraform encodes', () => {
  it('is in no output: values, keys, addresses and messages of checks', () => {
    const batch = 5
    const texts = sample(secrets, Math.ceil(Number(process.env.TIDEWAY_CASES ?? 1)) * batch)
    while (texts.length > 0) expect(printedOf(texts.splice(0, batch))).toEqual([])
  })
})
