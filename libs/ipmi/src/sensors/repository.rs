//! The repository of sensor records, read in parts that the BMC can hand out.

use super::record::{self, HEADER, Sensor};
use crate::bmc::Bmc;
use crate::completion::Completion;
use crate::error::{Error, Result};
use crate::request::Request;
use crate::wire::{Malformed, NETFN_STORAGE};

const RESERVE_SDR_REPOSITORY: u8 = 0x22;
const GET_SDR: u8 = 0x23;

/// The number that asks for the first record, and the one that follows the last.
const FIRST: u16 = 0x0000;
const LAST: u16 = 0xffff;

/// Records read before it is taken for a circle. Large machines have a few hundred.
const MOST_RECORDS: usize = 4096;

/// How often a record is begun again because the repository has changed.
const MOST_RESTARTS: usize = 8;

/// How many bytes are asked for at once, at first and at least. Buses behind BMCs take some 32 with all around them.
const MOST_BYTES: usize = 24;
const LEAST_BYTES: usize = 5;

impl Bmc {
    /// Reads the sensors of the repository (IPMI 2.0 33.9 to 33.12): full and compact records; others are passed over,
    /// and so are those that cannot be read.
    ///
    /// # Errors
    ///
    /// Those of [`Bmc::raw`]; [`Error::Completion`] for a BMC without a repository.
    pub async fn sensors(&self) -> Result<Vec<Sensor>> {
        let mut reader = Repository { bmc: self, reservation: 0, bytes: MOST_BYTES };
        let mut sensors = Vec::new();
        let mut next = FIRST;
        for _ in 0..MOST_RECORDS {
            let (record, following) = match reader.record(next).await {
                Ok(read) => read,
                // An empty repository.
                Err(e) if e.completion() == Some(Completion::NOT_PRESENT) && next == FIRST => break,
                Err(e) => return Err(e),
            };
            match record::sensors(&record) {
                Ok(found) => sensors.extend(found),
                Err(problem) => tracing::debug!(bmc = %self.address(), record = next, %problem, "record passed over"),
            }
            if following == LAST || following == next {
                break;
            }
            next = following;
        }
        Ok(sensors)
    }
}

struct Repository<'a> {
    bmc: &'a Bmc,
    reservation: u16,
    /// How many bytes the BMC can hand out at once, as far as is known.
    bytes: usize,
}

impl Repository<'_> {
    /// A record, and the number of the next.
    async fn record(&mut self, id: u16) -> Result<(Vec<u8>, u16)> {
        let mut restarts = 0;
        loop {
            match self.parts(id).await {
                Err(e) if e.completion() == Some(Completion::RESERVATION) && restarts < MOST_RESTARTS => {
                    restarts += 1;
                    self.reserve().await?;
                }
                outcome => return outcome,
            }
        }
    }

    async fn parts(&mut self, id: u16) -> Result<(Vec<u8>, u16)> {
        let (mut record, next) = self.part(id, 0, HEADER).await?;
        let length = HEADER + usize::from(record.get(HEADER - 1).copied().unwrap_or(0));
        while record.len() < length {
            // Only parts beyond the first need a reservation (33.12).
            if self.reservation == 0 {
                self.reserve().await?;
            }
            let (part, _) = self.part(id, record.len(), length - record.len()).await?;
            record.extend(part);
        }
        record.truncate(length);
        Ok((record, next))
    }

    /// Some bytes of a record, at least one, at most `wanted`; and the number of the next record.
    async fn part(&mut self, id: u16, offset: usize, wanted: usize) -> Result<(Vec<u8>, u16)> {
        loop {
            let count = wanted.min(self.bytes);
            let [id0, id1] = id.to_le_bytes();
            let [reservation0, reservation1] = self.reservation.to_le_bytes();
            // A record has at most 260 bytes; the last of them are beyond what this byte can say.
            let place = u8::try_from(offset).unwrap_or(u8::MAX);
            let data = [reservation0, reservation1, id0, id1, place, count as u8];
            let request = Request::reading("Get SDR", NETFN_STORAGE, GET_SDR, &data);
            let answer = match self.bmc.send(&request).await {
                Err(e) if self.bytes > LEAST_BYTES && e.completion().is_some_and(is_too_much) => {
                    self.bytes = (self.bytes / 2).max(LEAST_BYTES);
                    continue;
                }
                answer => answer?,
            };
            let [next0, next1, part @ ..] = &answer[..] else {
                return Err(self.short(&request, 2, answer.len()));
            };
            if part.is_empty() {
                return Err(self.short(&request, 3, answer.len()));
            }
            return Ok((part.to_vec(), u16::from_le_bytes([*next0, *next1])));
        }
    }

    async fn reserve(&mut self) -> Result<()> {
        let request = Request::reading("Reserve SDR Repository", NETFN_STORAGE, RESERVE_SDR_REPOSITORY, &[]);
        self.reservation = match self.bmc.send(&request).await {
            Ok(answer) => match answer.first_chunk() {
                Some(reservation) => u16::from_le_bytes(*reservation),
                None => return Err(self.short(&request, 2, answer.len())),
            },
            // Then it does without.
            Err(e) if e.completion() == Some(Completion::INVALID_COMMAND) => 0,
            Err(e) => return Err(e),
        };
        Ok(())
    }

    fn short(&self, request: &Request, wanted: usize, left: usize) -> Error {
        let problem = Malformed::Short { what: "a record's part", wanted, left };
        Error::Malformed { asked: request.asked(&self.bmc.address()), problem }
    }
}

/// Whether a BMC may say this because it was asked for more than it can hand out at once.
fn is_too_much(code: Completion) -> bool {
    let codes = [
        Completion::CANNOT_RETURN,
        Completion::LENGTH,
        Completion::LIMIT,
        Completion::INVALID_FIELD,
        Completion::UNSPECIFIED,
    ];
    codes.contains(&code)
}
