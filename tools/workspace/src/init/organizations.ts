const flags = (text: string) => text.trim().split(/\s+/)

/** Made-up organizations, each with the flags of one `npm run init` after the other. */
export const organizations: Readonly<Record<string, readonly (readonly string[])[]>> = {
  /** Other values for everything, in one region of Europe. */
  acme: [
    flags(`
      --repository acme/cloud
      --team platform=sre --team network=net-ops --team data=storage --team compute=runtime
      --account dev=210987654321 --account prod=345678901234 --region eu-central-1
      --cidr dev=10.120.0.0/16 --cidr prod=172.20.0.0/16
      --domain dev=dev.acme.example --domain prod=acme.example
      --private-domain dev=dev.acme.internal --private-domain prod=prod.acme.internal
      --emails dev=none --emails prod=alarms@acme.example,lead@acme.example
      --cost-centre cloud-7`),
  ],
  /** A second region, and one account and one team for everything. */
  'two-regions': [
    flags(`
      --repository Globex@11/platform@22 --team platform --account 567890123456
      --region us-west-2 --zones prod=us-west-2a,us-west-2c
      --domain dev=dev.globex.example --domain prod=www.globex.example`),
    flags(`
      --environment prodeu --like prod --region eu-west-1
      --zones eu-west-1a,eu-west-1b,eu-west-1c --cidr 10.40.0.0/16
      --domain eu.globex.example --emails eu@globex.example`),
  ],
  /** Without a CDN of its own, in a region whose zones have other letters. */
  'without-edge': [
    flags(`
      --repository initech/shop --team compute=shop-team --team data=shop-team
      --account dev=678901234567 --account prod=789012345678 --region ap-northeast-1
      --domain dev=test.initech.example --domain prod=initech.example --without edge`),
  ],
}
