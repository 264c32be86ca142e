//! Messages, what became of them, and what gateways said of them.

use tokio::try_join;
use verify::engine::{DueMessage, DueOnly, Keys, Snapshot};
use verify::ids::{AccountId, MessageId, ServiceId, SmsId, UserId};
use verify::record::{
    Balance, BindPlace, Confirmation, Delivery, Orphan, OutgoingMessage, Purpose, Reference, Sms,
    Verification,
};

use crate::postgres::connection::Connection;
use crate::postgres::trouble::Result;
use crate::postgres::value::params;
use crate::postgres::{row, sql};

#[derive(Default)]
pub(super) struct OfMessages {
    pub(super) messages: Vec<OutgoingMessage>,
    pub(super) held: Vec<DueMessage>,
    pub(super) due: Vec<DueMessage>,
    pub(super) delivery: Option<Delivery>,
    pub(super) references: Vec<Reference>,
    pub(super) orphans: Vec<Orphan>,
    pub(super) sms: Vec<Sms>,
    pub(super) balances: Vec<(AccountId, Balance)>,
    pub(super) bind_places: Vec<BindPlace>,
}

pub(super) async fn load(c: &Connection, keys: &Keys) -> Result<OfMessages> {
    let held = async {
        if keys.held.is_empty() {
            return Ok(Vec::new());
        }
        let ids = || keys.held.iter().map(|id| id.as_bytes().as_slice()).collect::<Vec<_>>();
        let (messages, verifications) = try_join!(
            messages(c, &keys.held),
            c.all(sql::VERIFICATIONS_OF_MESSAGES, params![ids()], with_pair),
        )?;
        Ok(with_verifications(messages, &verifications))
    };
    let delivery = async {
        let Some(id) = &keys.delivery else { return Ok(None) };
        c.one(sql::DELIVERY, params![id.as_bytes()], row::delivery).await
    };
    let of_account: Vec<AccountId> = keys.balance.into_iter().collect();
    let bind_places = async {
        if !keys.bind_places {
            return Ok(Vec::new());
        }
        c.all(sql::BIND_PLACES, params![], row::bind_place).await
    };
    let found = try_join!(
        messages(c, &keys.messages),
        held,
        due(c, keys),
        delivery,
        references(c, keys),
        orphans(c, keys),
        asked_sms(c, keys),
        due_sms(c, keys),
        balances(c, &of_account),
        bind_places,
    )?;
    let (messages, held, due, delivery, references, orphans, asked, due_sms, balances, bind_places) =
        found;
    let sms = due_sms.unwrap_or_else(|| asked.into_iter().collect());
    Ok(OfMessages {
        messages,
        held,
        due,
        delivery,
        references,
        orphans,
        sms,
        balances,
        bind_places,
    })
}

/// Messages in the order in which they are asked for.
async fn messages(c: &Connection, ids: &[MessageId]) -> Result<Vec<OutgoingMessage>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let params = params![ids.iter().map(|id| id.as_bytes().as_slice()).collect::<Vec<_>>()];
    let found = c.all(sql::MESSAGES, params, row::message).await?;
    let by_id = |id: &MessageId| found.iter().find(|message| message.id == *id).cloned();
    Ok(ids.iter().filter_map(by_id).collect())
}

async fn due(c: &Connection, keys: &Keys) -> Result<Vec<DueMessage>> {
    let Some(due) = keys.due else { return Ok(Vec::new()) };
    let only: i64 = match keys.due_only {
        DueOnly::All => 0,
        DueOnly::Codes => 1,
        DueOnly::Late => 2,
        DueOnly::LateOrInDoubt => 3,
    };
    let except: Vec<&str> = keys.due_except.iter().map(String::as_str).collect();
    let params = params![due.now, due.limit, only, except];
    let messages = c.all(sql::DUE_MESSAGES, params, row::message).await?;
    if messages.iter().all(|message| message.purpose.sms().is_some()) {
        return Ok(with_verifications(messages, &[]));
    }
    let ids = messages.iter().map(|message| message.id.as_bytes().as_slice()).collect::<Vec<_>>();
    let verifications = c.all(sql::VERIFICATIONS_OF_MESSAGES, params![ids], with_pair).await?;
    Ok(with_verifications(messages, &verifications))
}

type OfPair = ((ServiceId, UserId), Verification);

fn with_pair(row: &row::Row<'_>) -> Result<OfPair> {
    const PAIR: usize = 12;
    let service = ServiceId::from_bytes(row.get(PAIR)?);
    let user = UserId::from_bytes(row.get(PAIR + 1)?);
    Ok(((service, user), row::verification(row)?))
}

fn with_verifications(messages: Vec<OutgoingMessage>, all: &[OfPair]) -> Vec<DueMessage> {
    let with = |message: OutgoingMessage| {
        let verification = match message.purpose {
            Purpose::Code { service, user, .. } => {
                let found = all.iter().find(|(pair, _)| *pair == (service, user));
                found.map(|(_, verification)| verification.clone())
            }
            Purpose::Text(_) => None,
        };
        DueMessage { message, verification }
    };
    messages.into_iter().map(with).collect()
}

/// What the first form that is known names.
async fn references(c: &Connection, keys: &Keys) -> Result<Vec<Reference>> {
    let Some(query) = &keys.references else { return Ok(Vec::new()) };
    let forms: Vec<&str> = query.forms.iter().map(String::as_str).collect();
    let params = params![&query.gateway, forms, query.since];
    let found = c.all(sql::REFERENCES, params, row::reference).await?;
    let is_found = |form: &&String| found.iter().any(|reference| reference.form == **form);
    let Some(best) = query.forms.iter().find(is_found) else { return Ok(Vec::new()) };
    Ok(found.iter().filter(|reference| reference.form == *best).cloned().collect())
}

async fn orphans(c: &Connection, keys: &Keys) -> Result<Vec<Orphan>> {
    let mut orphans = Vec::new();
    for (gateway, forms) in &keys.orphans {
        let all: Vec<&str> = forms.iter().map(String::as_str).collect();
        let found = c.all(sql::ORPHANS, params![gateway, all], row::orphan).await?;
        let is_found = |form: &&String| found.iter().any(|orphan| orphan.form == **form);
        if let Some(best) = forms.iter().find(is_found) {
            orphans.extend(found.iter().filter(|orphan| orphan.form == *best).cloned());
        }
    }
    Ok(orphans)
}

/// What only the answers name: the confirmation whose code a message carries;
/// clients' messages that the messages and the delivery of the snapshot are,
/// and the money of their accounts.
pub(super) async fn load_others(c: &Connection, keys: &Keys, s: &mut Snapshot) -> Result<()> {
    if keys.confirmation_of_delivery {
        s.confirmation = confirmation(c, s).await?;
    }
    let of_messages = s.messages.iter().map(|m| &m.purpose);
    let of_due = s.due.iter().chain(&s.held).map(|due| &due.message.purpose);
    let of_delivery = s.delivery.iter().map(|delivery| &delivery.purpose);
    let purposes = of_messages.chain(of_due).chain(of_delivery);
    let mut ids: Vec<SmsId> = Vec::new();
    for id in purposes.filter_map(Purpose::sms) {
        if s.sms(id).is_none() && !ids.contains(&id) {
            ids.push(id);
        }
    }
    s.sms.extend(sms_by_ids(c, &ids).await?);
    let mut others: Vec<AccountId> = s.sms.iter().map(|sms| sms.account).collect();
    others.retain(|account| Some(*account) != keys.balance);
    others.sort_unstable();
    others.dedup();
    s.balances.extend(balances(c, &others).await?);
    s.balances.sort_by_key(|(account, _)| *account);
    Ok(())
}

/// The money of accounts that have some.
async fn balances(c: &Connection, accounts: &[AccountId]) -> Result<Vec<(AccountId, Balance)>> {
    if accounts.is_empty() {
        return Ok(Vec::new());
    }
    let params = params![accounts.iter().map(|id| id.as_i64()).collect::<Vec<i64>>()];
    let read = |row: &row::Row<'_>| Ok((AccountId::from_i64(row.get(2)?), row::balance(row)?));
    c.all(sql::BALANCES, params, read).await
}

async fn confirmation(c: &Connection, s: &Snapshot) -> Result<Option<Confirmation>> {
    let of_delivery = s.delivery.as_ref().map(|d| (d.account, d.purpose));
    let of_message = s.messages.first().map(|m| (m.account, m.purpose));
    let Some((account, purpose)) = of_delivery.or(of_message) else { return Ok(None) };
    let Some(verification) = purpose.verification() else { return Ok(None) };
    let params = params![account.as_i64(), *verification.as_bytes()];
    c.one(sql::CONFIRMATION, params, row::confirmation).await
}

async fn asked_sms(c: &Connection, keys: &Keys) -> Result<Option<Sms>> {
    let Some((account, id)) = keys.sms else { return Ok(None) };
    Ok(sms_by_ids(c, &[id]).await?.into_iter().find(|sms| sms.account == account))
}

async fn due_sms(c: &Connection, keys: &Keys) -> Result<Option<Vec<Sms>>> {
    let Some(due) = keys.due_sms else { return Ok(None) };
    c.all(sql::DUE_SMS, params![due.now, due.limit], row::sms).await.map(Some)
}

/// In the order in which they are asked for.
async fn sms_by_ids(c: &Connection, ids: &[SmsId]) -> Result<Vec<Sms>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let params = params![ids.iter().map(|id| id.as_bytes().as_slice()).collect::<Vec<_>>()];
    let found = c.all(sql::SMS_BY_IDS, params, row::sms).await?;
    Ok(ids.iter().filter_map(|id| found.iter().find(|sms| sms.id == *id).cloned()).collect())
}
