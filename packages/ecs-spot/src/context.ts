import {
  contextOf,
  type DeploymentContext,
  hasContext,
  maxPrefixLength,
  type Problem,
  throwIfInvalid,
} from '@tideway/constructs/parts'
import { Token } from 'cdktf'
import type { Construct } from 'constructs'

const fields: Readonly<Record<keyof DeploymentContext, true>> = {
  account: true,
  region: true,
  prefix: true,
  stack: true,
  permissionsBoundaryArn: true,
  protectData: true,
  logRetentionDays: true,
  alarmEmails: true,
  runbooks: true,
  defaultTags: true,
  allowsPlainHttp: true,
}

/** The context of the stack, if it has one, with those of its fields that `props` has. */
export function completeContext(
  scope: Construct,
  props: Partial<DeploymentContext>,
  clusterName: string,
): DeploymentContext {
  const path = `${scope.node.path}.`
  const defaults = {
    prefix: prefixFrom(clusterName),
    protectData: false,
    logRetentionDays: 30,
    defaultTags: {},
    allowsPlainHttp: false,
  }
  const base = hasContext(scope) ? contextOf(scope) : defaults
  const given: Partial<DeploymentContext> = Object.fromEntries(
    Object.entries(props).filter(([name, value]) => name in fields && value !== undefined),
  )
  const context = { ...base, ...given }
  const { account, region, prefix } = context
  const problems: Problem[] = []
  const must = 'be given, as the stack has no deployment context'
  if (account === undefined) {
    const fix = 'Set it to the account of the cluster, such as "123456789012".'
    problems.push({ path: `${path}account`, must, got: account, fix })
  }
  if (region === undefined) {
    const fix = 'Set it to the region of the cluster, such as "eu-west-1".'
    problems.push({ path: `${path}region`, must, got: region, fix })
  }
  if (given.prefix === undefined && base === defaults && Token.isUnresolved(clusterName)) {
    problems.push({
      path: `${path}prefix`,
      must: 'be given, as the name of the cluster is known only at apply',
      got: given.prefix,
      fix: 'Set it to the beginning of all names, such as "shop".',
    })
  } else if (prefix.length > maxPrefixLength) {
    problems.push({
      path: `${path}prefix`,
      must: `have ${maxPrefixLength} characters at most`,
      got: prefix,
      fix: 'Set a shorter one. By default it comes from the name of the cluster.',
    })
  }
  const { runbooks } = context
  if (runbooks !== undefined && !isFolder.test(runbooks)) {
    problems.push({
      path: `${path}runbooks`,
      must: 'be the address of a folder, of 500 characters at most, without a slash at the end',
      got: runbooks,
      fix: 'Set it as "https://wiki.example.com/failover", or remove it.',
    })
  }
  throwIfInvalid(problems)
  return { ...context, account: account ?? '', region: region ?? '' }
}

/** A description of an alarm has 1,024 characters at most, with the name of a service and of a page. Expressions are not checked. */
const isFolder = /^https?:\/\/\S{0,499}[^\s/]$|\$\{/

/** The name of a cluster may have characters that the names of other resources cannot have. */
function prefixFrom(clusterName: string): string {
  const name = clusterName
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
  return /^[a-z]/.test(name) ? name : `ecs-${name}`
}
