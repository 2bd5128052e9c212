//! Do clients of tokio-tungstenite, which take no broken frame, get what they came for?

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use omnibus_tests::node::Node;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, Frame};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

const LIMIT: Duration = Duration::from_secs(20);
const CLIENTS: usize = 50;

#[tokio::test]
async fn everyone_in_a_room_hears_everyone_in_one_order() {
    let node = Node::start();
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        clients.push(joined(&node, &format!("client-{number}")).await);
    }
    for (number, client) in clients.iter_mut().enumerate() {
        send(
            client,
            Message::text(format!(r#"room:{{"type":"say","payload":{number}}}"#)),
        )
        .await;
    }
    let mut orders = Vec::new();
    for client in &mut clients {
        let mut order = Vec::new();
        while order.len() < CLIENTS {
            order.push(text(client).await);
        }
        orders.push(order);
    }
    let mut sorted = orders[0].clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(sorted.len(), CLIENTS, "everyone is heard once");
    assert!(
        orders.iter().all(|order| *order == orders[0]),
        "the order differs between clients"
    );
}

#[tokio::test]
async fn a_message_in_fragments_with_a_ping_between_is_one_message() {
    let node = Node::start();
    let mut client = joined(&node, "a").await;
    let frame = |payload: &'static str, opcode, is_final| Message::Frame(Frame::message(payload, opcode, is_final));
    send(&mut client, frame("room:{\"type\":", OpCode::Data(Data::Text), false)).await;
    send(&mut client, Message::Ping("between".into())).await;
    send(&mut client, frame("\"é\"}", OpCode::Data(Data::Continue), true)).await;
    assert_eq!(next(&mut client).await, Message::Pong("between".into()));
    assert_eq!(text(&mut client).await, r#"room:{"type":"é"}"#);
}

#[tokio::test]
async fn a_close_is_answered_with_its_own_code_and_the_stream_ends() {
    let node = Node::start();
    let mut client = joined(&node, "a").await;
    let close = CloseFrame {
        code: CloseCode::Library(4_001),
        reason: Utf8Bytes::from_static("enough"),
    };
    client.close(Some(close)).await.unwrap();
    let Message::Close(Some(answer)) = next(&mut client).await else {
        panic!("no close frame")
    };
    assert_eq!(answer.code, CloseCode::Library(4_001));
    assert!(
        timeout(LIMIT, client.next()).await.unwrap().is_none(),
        "the stream goes on"
    );
}

#[tokio::test]
async fn a_message_that_is_too_big_is_told_so() {
    let node = Node::start();
    let mut client = joined(&node, "a").await;
    // The server may close before all of it is sent.
    let _cut_short = client.send(Message::text("x".repeat((1 << 20) + 1))).await;
    let Message::Close(Some(answer)) = next(&mut client).await else {
        panic!("no close frame")
    };
    assert_eq!(answer.code, CloseCode::Size);
}

async fn joined(node: &Node, identifier: &str) -> Socket {
    let (mut client, _) = timeout(LIMIT, connect_async(node.url()))
        .await
        .expect("within the limit")
        .expect("the socket is open");
    send(&mut client, Message::text(format!("!authenticate:{identifier}"))).await;
    send(&mut client, Message::text("!subscribe:room")).await;
    assert!(text(&mut client).await.contains(r#""success": true"#));
    assert!(text(&mut client).await.contains(r#""success": true"#));
    client
}

async fn send(client: &mut Socket, message: Message) {
    timeout(LIMIT, client.send(message))
        .await
        .expect("within the limit")
        .expect("the socket is open");
}

async fn next(client: &mut Socket) -> Message {
    timeout(LIMIT, client.next())
        .await
        .expect("within the limit")
        .expect("a frame")
        .expect("a whole frame")
}

async fn text(client: &mut Socket) -> String {
    match next(client).await {
        Message::Text(text) => text.to_string(),
        other => panic!("{other:?} instead of a text"),
    }
}
