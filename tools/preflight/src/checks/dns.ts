import {
  type CertificateDetail,
  DescribeCertificateCommand,
  paginateListCertificates,
} from '@aws-sdk/client-acm'
import { GetHostedZoneCommand, ListHostedZonesByNameCommand } from '@aws-sdk/client-route-53'
import { globalRegion } from '../aws'
import { allOf, type Check, notChecked, type Outcome, ok, once, wrong } from '../check'
import type { Context } from '../context'
import { textOf } from '../synthesized'

export function dnsChecks(context: Context): Check[] {
  return [delegationCheck(context), ...certificateChecks(context)]
}

function delegationCheck({ aws, environment, platform, readDelegation }: Context): Check {
  const { domain, name } = environment
  const breaks = 'certificates stay pending: the deploy of compute waits for them, and fails'
  return {
    area: 'DNS',
    subject: `delegation of ${domain}`,
    source: 'aws',
    run: async () => {
      const { HostedZones = [] } = await aws.route53.send(
        new ListHostedZonesByNameCommand({ DNSName: domain }),
      )
      const zones = HostedZones.filter(
        (zone) => plainName(zone.Name) === domain && zone.Config?.PrivateZone !== true,
      )
      if (zones.length === 0) {
        const isCreated = platform
          .resources('aws_route53_zone')
          .some(({ block }) => block.name === domain && block.vpc === undefined)
        if (isCreated) {
          return notChecked(
            `the zone does not exist yet: the deploy of network creates it, and you then enter its name servers at the parent of ${domain}`,
          )
        }
        return wrong(`the account has no public zone ${domain}, which network adopts`, {
          breaks: 'the deploy of network fails',
          fix: `aws route53 create-hosted-zone --name ${domain} --caller-reference ${domain}, or publicZone: 'create' for ${name} in apps/network/src/settings.ts`,
        })
      }
      const servers = await Promise.all(
        zones.map(async ({ Id = '' }) => {
          const { DelegationSet } = await aws.route53.send(new GetHostedZoneCommand({ Id }))
          return { Id, names: (DelegationSet?.NameServers ?? []).map(plainName).sort() }
        }),
      )
      if (zones.length > 1) {
        return wrong(`the account has ${zones.length} public zones ${domain}`, {
          breaks: 'records and validations may be written into a zone that nobody asks',
          fix: 'delete the zone that the parent does not lead to: aws route53 delete-hosted-zone --id ID',
          details: servers.map(({ Id, names }) => `${Id}: ${names.join(', ')}`),
        })
      }
      const names = servers[0]?.names ?? []
      const delegation = await readDelegation(domain, names)
      if (delegation.kind === 'delegated') return ok(names.join(', '))
      if (delegation.kind === 'unknown') return notChecked(delegation.reason)
      const { parent, problem } = delegation
      return wrong(problem, {
        breaks,
        fix: `in the zone ${parent}, or at the registrar of ${domain}, enter NS records for ${domain}: ${names.join(', ')}`,
      })
    },
  }
}

/** As Terraform writes it: lower case, no dot at the end. */
function plainName(name = ''): string {
  return name.toLowerCase().replace(/\.$/, '')
}

const day = 24 * 3600 * 1000

/** ACM renews at least 45 days before the end, so a certificate with fewer days was not renewed. */
const renewalDays = 30

/** Every type of key: by default, ACM lists RSA keys of 2048 bits only. */
const keyTypes = [
  'EC_prime256v1',
  'EC_secp384r1',
  'EC_secp521r1',
  'RSA_1024',
  'RSA_2048',
  'RSA_3072',
  'RSA_4096',
] as const

function certificateChecks(context: Context): Check[] {
  const { aws, environment, platform } = context
  const listIn = (client: Context['aws']['acm']) =>
    once(async () => {
      const pages = paginateListCertificates({ client }, { Includes: { keyTypes: [...keyTypes] } })
      return allOf(pages, ({ CertificateSummaryList }) => CertificateSummaryList)
    })
  const ofCdn = { client: aws.acmOfCdn, list: listIn(aws.acmOfCdn), region: globalRegion }
  const ofRegion = { client: aws.acm, list: listIn(aws.acm), region: environment.region }
  return platform.resources('aws_acm_certificate').map(({ stack, block }): Check => {
    const domain = textOf(block.domain_name)
    const { client, list, region } =
      block.provider === undefined || environment.region === globalRegion ? ofRegion : ofCdn
    return {
      area: 'DNS',
      subject: `certificate of ${domain}`,
      source: 'aws',
      run: async () => {
        const found = (await list()).filter(({ DomainName }) => DomainName === domain)
        if (found.length === 0)
          return notChecked(`it does not exist yet: the deploy of ${stack} requests it`)
        const details = await Promise.all(
          found.map(async ({ CertificateArn }) => {
            const answer = await client.send(new DescribeCertificateCommand({ CertificateArn }))
            return answer.Certificate ?? {}
          }),
        )
        const outcomes = details.map((each) =>
          certificateOutcome(each, { ...context, region, stack }),
        )
        // A replacement is pending while its predecessor serves.
        return (
          outcomes.find(({ status }) => status === 'ok') ??
          outcomes[0] ??
          notChecked('ACM returned nothing')
        )
      },
    }
  })
}

function certificateOutcome(
  certificate: CertificateDetail,
  { environment, now, region, stack }: Context & { region: string; stack: string },
): Outcome {
  const { CertificateArn: arn, DomainName: domain, Status, NotAfter } = certificate
  const again = `aws acm delete-certificate --region ${region} --certificate-arn ${arn}, then npx nx deploy ${stack} -c ${environment.name}`
  const validations = certificate.DomainValidationOptions ?? []
  const records = validations.flatMap(({ ResourceRecord: record }) =>
    record === undefined ? [] : [`${record.Name} ${record.Type} ${record.Value}`],
  )
  const pending = validations.some(
    ({ ValidationStatus }) => ValidationStatus === 'PENDING_VALIDATION',
  )
  if (Status === 'PENDING_VALIDATION') {
    return wrong(`${domain} is pending validation`, {
      breaks: `the deploy of ${stack} waits for it, and fails after 75 minutes`,
      fix: `delegate ${environment.domain}, so that this record resolves: ${records.join('; ')}`,
    })
  }
  if (Status !== 'ISSUED') {
    const reason = certificate.FailureReason ?? certificate.RevocationReason
    return wrong(`${domain} is ${Status}${reason === undefined ? '' : ` (${reason})`}`, {
      breaks: 'HTTPS fails, or the deploy does',
      fix: again,
    })
  }
  if (NotAfter === undefined) return notChecked('ACM returned no end of its validity')
  const daysLeft = Math.floor((NotAfter.getTime() - now.getTime()) / day)
  const renewal = certificate.RenewalSummary?.RenewalStatus
  if (daysLeft < renewalDays || renewal === 'FAILED') {
    return wrong(`${domain} expires in ${daysLeft} days (renewal: ${renewal ?? 'not started'})`, {
      breaks: 'HTTPS fails when it expires',
      fix:
        pending || records.length > 0
          ? `restore this record, by which ACM renews: ${records.join('; ')}`
          : again,
    })
  }
  return ok(`issued, ${daysLeft} days left`)
}
