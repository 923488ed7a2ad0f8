//! Which version of MQTT a client speaks, 3.1.1 or 5: what of it the gate takes, and how it says what it says. Behind this both are
//! the same.
//!
//! Of version 5 there is no more than a device needs: no session is kept, nothing is retained, no alias of a topic is taken, and
//! properties of messages end here. In return a client is told why it is cut off.

use bytes::{BufMut, Bytes, BytesMut};
use rumqttc::mqttbytes::QoS;
use rumqttc::mqttbytes::v4;
use rumqttc::v5::mqttbytes::QoS as QoS5;
use rumqttc::v5::mqttbytes::v5;

use super::counts::Refusal;
use super::limits::Limits;

const DISCONNECT: u8 = 0xE0;
const PUBACK: u8 = 0x40;
/// What a packet with an answer has beside topic and payload, at most.
const BESIDE: usize = 16;

/// A version of MQTT.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Speech {
    /// 3.1.1.
    Three,
    /// 5.
    Five,
}

/// A CONNECT, as far as it counts here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Hello {
    /// Seconds; 0 for none.
    pub(crate) keep_alive: u16,
    /// What it shows of who it is.
    pub(crate) login: Option<Login>,
    /// Whether it has to be given a name.
    pub(crate) is_nameless: bool,
    /// What it takes.
    pub(crate) takes: Takes,
}

/// User name and password of a CONNECT.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Login {
    pub(crate) name: String,
    pub(crate) password: String,
}

/// What a client takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Takes {
    /// Answers that may wait for their PUBACK.
    pub(crate) unconfirmed: usize,
    /// Bytes of a packet.
    pub(crate) bytes: usize,
}

/// What a client says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Said {
    Publish {
        topic: String,
        payload: Bytes,
        retain: bool,
        /// None: at most once.
        id: Option<u16>,
    },
    /// Filters, each with whether it is at most once.
    Subscribe {
        id: u16,
        filters: Vec<(String, bool)>,
    },
    /// Of an answer.
    Confirmed,
    Ping,
    Goodbye,
}

/// What the gate says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Reply {
    Published(u16),
    /// For each filter whether it is at most once; none where it is refused.
    Subscribed(u16, Vec<Option<bool>>),
    Pong,
    Answer {
        topic: String,
        payload: Bytes,
        /// None: at most once.
        id: Option<u16>,
    },
}

impl Reply {
    /// Whether a client takes a packet of that size.
    pub(crate) fn fits(&self, takes: Takes) -> bool {
        match self {
            Self::Answer { topic, payload, .. } => topic.len() + payload.len() + BESIDE <= takes.bytes,
            _ => true,
        }
    }
}

impl Speech {
    /// The version of a CONNECT that has come whole; else why it is refused, and what is said to that.
    pub(crate) fn of(frame: &[u8]) -> Result<Self, (Refusal, Bytes)> {
        // One byte of length: a CONNECT of up to 127 bytes; two: all that are let in.
        let head = if frame.get(1).is_some_and(|byte| byte & 0x80 == 0) { 2 } else { 3 };
        let speech = match frame.get(head..head + 7) {
            Some([0, 4, b'M', b'Q', b'T', b'T', 4]) => Self::Three,
            Some([0, 4, b'M', b'Q', b'T', b'T', 5]) => Self::Five,
            // As 3.1.1 says it, which every version understands.
            Some([0, 4 | 6, b'M', b'Q', ..]) => return Err((Refusal::Version, Self::Three.no(Refusal::Version))),
            _ => return Err((Refusal::Malformed, Bytes::new())),
        };
        let reserved = frame.get(head + 7).is_none_or(|flags| flags & 1 == 1);
        if reserved { Err((Refusal::Malformed, Bytes::new())) } else { Ok(speech) }
    }

    /// Reads a CONNECT.
    pub(crate) fn hello(self, mut frame: BytesMut) -> Result<Hello, Refusal> {
        let whole = frame.len();
        match self {
            Self::Three => match v4::Packet::read(&mut frame, whole) {
                Ok(v4::Packet::Connect(connect)) if connect.last_will.is_some() => Err(Refusal::Will),
                Ok(v4::Packet::Connect(connect)) if connect.client_id.is_empty() && !connect.clean_session => {
                    Err(Refusal::Nameless)
                }
                Ok(v4::Packet::Connect(connect)) => Ok(Hello {
                    keep_alive: connect.keep_alive,
                    login: connect.login.map(|it| Login { name: it.username, password: it.password }),
                    is_nameless: false,
                    takes: Takes { unconfirmed: Limits::UNCONFIRMED, bytes: usize::MAX },
                }),
                _ => Err(Refusal::Malformed),
            },
            Self::Five => match v5::Packet::read(&mut frame, None) {
                Ok(v5::Packet::Connect(_, Some(_), _)) => Err(Refusal::Will),
                Ok(v5::Packet::Connect(connect, None, login)) => {
                    let wants = connect.properties.unwrap_or_default();
                    if wants.authentication_method.is_some() {
                        return Err(Refusal::Login);
                    }
                    let unconfirmed = wants.receive_maximum.map_or(Limits::UNCONFIRMED, usize::from);
                    Ok(Hello {
                        keep_alive: connect.keep_alive,
                        login: login.map(|it| Login { name: it.username, password: it.password }),
                        is_nameless: connect.client_id.is_empty(),
                        takes: Takes {
                            unconfirmed: unconfirmed.clamp(1, Limits::UNCONFIRMED),
                            bytes: wants.max_packet_size.map_or(usize::MAX, |most| most as usize),
                        },
                    })
                }
                _ => Err(Refusal::Malformed),
            },
        }
    }

    /// Lets a client in, under this name if it needs one.
    pub(crate) fn yes(self, name: Option<String>) -> Bytes {
        let mut bytes = BytesMut::new();
        let written = match self {
            Self::Three => v4::ConnAck::new(v4::ConnectReturnCode::Success, false).write(&mut bytes).is_ok(),
            Self::Five => {
                let properties = v5::ConnAckProperties {
                    session_expiry_interval: Some(0),
                    receive_max: None,
                    max_qos: Some(1),
                    retain_available: Some(0),
                    max_packet_size: u32::try_from(crate::broker::MAX_PACKET).ok(),
                    assigned_client_identifier: name,
                    topic_alias_max: None,
                    reason_string: None,
                    user_properties: Vec::new(),
                    wildcard_subscription_available: Some(0),
                    subscription_identifiers_available: Some(0),
                    shared_subscription_available: Some(0),
                    server_keep_alive: None,
                    response_information: None,
                    server_reference: None,
                    authentication_method: None,
                    authentication_data: None,
                };
                let (code, session_present) = (v5::ConnectReturnCode::Success, false);
                v5::ConnAck { session_present, code, properties: Some(properties) }.write(&mut bytes).is_ok()
            }
        };
        debug_assert!(written, "a few bytes");
        bytes.freeze()
    }

    /// Lets a client not in, and says why as far as its version has words for it.
    pub(crate) fn no(self, why: Refusal) -> Bytes {
        let code = match (self, why) {
            (_, Refusal::Malformed | Refusal::Oversized | Refusal::Silent | Refusal::Tls) => return Bytes::new(),
            (Self::Three, Refusal::Version) => 1,
            (Self::Three, Refusal::Nameless) => 2,
            (Self::Three, Refusal::Away) => 3,
            (Self::Three, Refusal::Login | Refusal::FormerKey) => 4,
            (Self::Three, _) => 5,
            (Self::Five, Refusal::Version) => 0x84,
            (Self::Five, Refusal::Nameless) => 0x85,
            (Self::Five, Refusal::Login | Refusal::FormerKey) => 0x86,
            (Self::Five, Refusal::Away) => 0x88,
            (Self::Five, _) => 0x87,
        };
        match self {
            Self::Three => Bytes::copy_from_slice(&[0x20, 2, 0, code]),
            Self::Five => Bytes::copy_from_slice(&[0x20, 3, 0, code, 0]),
        }
    }

    /// What a client is told that is cut off: version 3.1.1 has no word for that.
    pub(crate) fn goodbye(self, why: Refusal) -> Option<[u8; 3]> {
        let code = match why {
            Refusal::Malformed => 0x81,
            Refusal::Login | Refusal::FormerKey => 0x87,
            Refusal::Away => 0x8B,
            Refusal::Idle => 0x8D,
            Refusal::Topic => 0x90,
            Refusal::Oversized => 0x95,
            Refusal::Qos => 0x9B,
            _ => 0x80,
        };
        (self == Self::Five).then_some([DISCONNECT, 1, code])
    }

    /// Bytes that a packet may have beside what it has in version 3.1.1.
    pub(crate) fn properties(self) -> usize {
        match self {
            Self::Three => 0,
            Self::Five => Limits::PROPERTIES,
        }
    }

    /// Reads a whole packet that is no CONNECT; none where it is none that has a place here.
    pub(crate) fn read(self, frame: &mut BytesMut) -> Option<Said> {
        let whole = frame.len();
        match self {
            Self::Three => match v4::Packet::read(frame, whole).ok()? {
                v4::Packet::Publish(publish) => Some(Said::Publish {
                    id: (publish.qos != QoS::AtMostOnce).then_some(publish.pkid),
                    topic: publish.topic,
                    payload: publish.payload,
                    retain: publish.retain,
                }),
                v4::Packet::Subscribe(asked) => {
                    let filters = asked.filters.into_iter().map(|it| (it.path, it.qos == QoS::AtMostOnce)).collect();
                    Some(Said::Subscribe { id: asked.pkid, filters })
                }
                v4::Packet::PubAck(_) => Some(Said::Confirmed),
                v4::Packet::PingReq => Some(Said::Ping),
                v4::Packet::Disconnect => Some(Said::Goodbye),
                _ => None,
            },
            // What else they say counts for nothing here.
            Self::Five if frame.first() == Some(&DISCONNECT) => {
                frame.clear();
                Some(Said::Goodbye)
            }
            Self::Five if frame.first() == Some(&PUBACK) => {
                frame.clear();
                Some(Said::Confirmed)
            }
            Self::Five => match v5::Packet::read(frame, None).ok()? {
                v5::Packet::Publish(publish) => Some(Said::Publish {
                    id: (publish.qos != QoS5::AtMostOnce).then_some(publish.pkid),
                    topic: String::from_utf8(publish.topic.into()).ok()?,
                    payload: publish.payload,
                    retain: publish.retain,
                }),
                v5::Packet::Subscribe(asked) => {
                    let filters = asked.filters.into_iter().map(|it| (it.path, it.qos == QoS5::AtMostOnce)).collect();
                    Some(Said::Subscribe { id: asked.pkid, filters })
                }
                v5::Packet::PingReq(_) => Some(Said::Ping),
                _ => None,
            },
        }
    }

    /// Writes what the gate says behind what is written already. Gives whether it could be.
    pub(crate) fn write(self, reply: Reply, bytes: &mut BytesMut) -> bool {
        match (self, reply) {
            (_, Reply::Pong) => {
                bytes.put_slice(&[0xD0, 0]);
                true
            }
            (_, Reply::Published(id)) => {
                bytes.put_slice(&[PUBACK, 2]);
                bytes.put_u16(id);
                true
            }
            (Self::Three, Reply::Subscribed(id, filters)) => {
                let code = |at_most_once: Option<bool>| match at_most_once {
                    Some(true) => v4::SubscribeReasonCode::Success(QoS::AtMostOnce),
                    Some(false) => v4::SubscribeReasonCode::Success(QoS::AtLeastOnce),
                    None => v4::SubscribeReasonCode::Failure,
                };
                let codes = filters.into_iter().map(code).collect();
                v4::SubAck::new(id, codes).write(bytes).is_ok()
            }
            (Self::Five, Reply::Subscribed(pkid, filters)) => {
                let code = |at_most_once: Option<bool>| match at_most_once {
                    Some(true) => v5::SubscribeReasonCode::Success(QoS5::AtMostOnce),
                    Some(false) => v5::SubscribeReasonCode::Success(QoS5::AtLeastOnce),
                    None => v5::SubscribeReasonCode::NotAuthorized,
                };
                let return_codes = filters.into_iter().map(code).collect();
                v5::SubAck { pkid, return_codes, properties: None }.write(bytes).is_ok()
            }
            (Self::Three, Reply::Answer { topic, payload, id }) => {
                let qos = if id.is_some() { QoS::AtLeastOnce } else { QoS::AtMostOnce };
                let mut publish = v4::Publish::from_bytes(topic, qos, payload);
                publish.pkid = id.unwrap_or_default();
                publish.write(bytes).is_ok()
            }
            (Self::Five, Reply::Answer { topic, payload, id }) => {
                let qos = if id.is_some() { QoS5::AtLeastOnce } else { QoS5::AtMostOnce };
                let mut publish = v5::Publish::new(topic, qos, payload, None);
                publish.pkid = id.unwrap_or_default();
                publish.write(bytes).is_ok()
            }
        }
    }
}
