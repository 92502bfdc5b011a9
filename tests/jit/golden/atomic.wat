(module
 (type $0 (func (param i32 i64) (result i32)))
 (import "e" "m" (memory $mimport$0 1))
 (export "0" (func $0))
 (func $0 (param $0 i32) (param $1 i64) (result i32)
  (local $2 i32)
  (local $3 i32)
  (local $4 i32)
  (local $5 i32)
  (local $6 i32)
  (local $7 i32)
  (local $8 i32)
  (local $9 i32)
  (local $10 i64)
  (local $11 i64)
  (local $12 i64)
  (local $13 i64)
  (local $14 i64)
  (local $15 f64)
  (local $16 f64)
  (local $17 i64)
  (local $18 i32)
  (local $19 i64)
  (local $20 i64)
  (local $21 i64)
  (local.set $2
   (i32.load offset=70412 align=1
    (i32.const 0)
   )
  )
  (local.set $3
   (i32.load offset=70416 align=1
    (i32.const 0)
   )
  )
  (local.set $4
   (i32.load offset=70492 align=1
    (i32.const 0)
   )
  )
  (local.set $20
   (i64.load offset=69672 align=1
    (i32.const 0)
   )
  )
  (local.set $21
   (i64.load offset=69680 align=1
    (i32.const 0)
   )
  )
  (local.set $19
   (i64.load offset=69712 align=1
    (i32.const 0)
   )
  )
  (local.set $17
   (i64.load offset=69720 align=1
    (i32.const 0)
   )
  )
  (block $block1
   (loop
    (block $block
     (br_table $block
      (local.get $0)
     )
    )
    (loop $label
     (block $block3
      (block $block2
       (local.set $2
        (i32.sub
         (local.get $2)
         (i32.const 5)
        )
       )
       (@metadata.code.branch_hint "\00")
       (if
        (i32.eqz
         (i64.eqz
          (i64.and
           (local.get $17)
           (i64.const 3)
          )
         )
        )
        (then
         (local.set $2
          (i32.sub
           (local.get $2)
           (i32.const -5)
          )
         )
         (local.set $7
          (i32.const 1)
         )
         (local.set $10
          (i64.add
           (local.get $1)
           (i64.const 0)
          )
         )
         (br $block1)
        )
       )
       (@metadata.code.branch_hint "\00")
       (if
        (i64.ne
         (i64.load offset=8 align=1
          (local.tee $5
           (i32.add
            (i32.and
             (i32.shr_u
              (i32.wrap_i64
               (local.tee $11
                (i64.add
                 (local.get $17)
                 (i64.const 0)
                )
               )
              )
              (i32.const 7)
             )
             (local.get $4)
            )
            (local.get $3)
           )
          )
         )
         (i64.and
          (i64.add
           (local.get $11)
           (i64.const 7)
          )
          (i64.const -4096)
         )
        )
        (then
         (local.set $2
          (i32.sub
           (local.get $2)
           (i32.const -5)
          )
         )
         (local.set $7
          (i32.const 1)
         )
         (local.set $10
          (i64.add
           (local.get $1)
           (i64.const 0)
          )
         )
         (br $block1)
        )
       )
       (local.set $18
        (i32.add
         (i32.wrap_i64
          (local.get $11)
         )
         (i32.load offset=16 align=1
          (local.get $5)
         )
        )
       )
       (local.set $6
        (i32.add
         (local.get $18)
         (i32.const 0)
        )
       )
       (local.set $11
        (i64.load32_s align=1
         (local.get $6)
        )
       )
       (i64.store32 align=1
        (local.get $6)
        (i64.add
         (local.get $11)
         (local.get $19)
        )
       )
       (local.set $20
        (local.get $11)
       )
       (@metadata.code.branch_hint "\00")
       (if
        (i32.eqz
         (i64.eqz
          (i64.and
           (local.get $17)
           (i64.const 7)
          )
         )
        )
        (then
         (local.set $2
          (i32.sub
           (local.get $2)
           (i32.const -4)
          )
         )
         (local.set $7
          (i32.const 1)
         )
         (local.set $10
          (i64.add
           (local.get $1)
           (i64.const 4)
          )
         )
         (br $block1)
        )
       )
       (local.set $6
        (i32.add
         (local.get $18)
         (i32.const 0)
        )
       )
       (local.set $11
        (i64.load align=1
         (local.get $6)
        )
       )
       (i64.store offset=70360 align=1
        (i32.const 0)
        (i64.extend_i32_u
         (local.get $6)
        )
       )
       (i64.store offset=70368 align=1
        (i32.const 0)
        (local.get $11)
       )
       (local.set $20
        (local.get $11)
       )
       (local.set $20
        (i64.add
         (local.get $20)
         (i64.const 1)
        )
       )
       (@metadata.code.branch_hint "\00")
       (if
        (i32.eqz
         (i64.eqz
          (i64.and
           (local.get $17)
           (i64.const 7)
          )
         )
        )
        (then
         (local.set $2
          (i32.sub
           (local.get $2)
           (i32.const -2)
          )
         )
         (local.set $7
          (i32.const 1)
         )
         (local.set $10
          (i64.add
           (local.get $1)
           (i64.const 12)
          )
         )
         (br $block1)
        )
       )
       (local.set $6
        (i32.add
         (local.get $18)
         (i32.const 0)
        )
       )
       (if
        (i64.eqz
         (local.tee $12
          (i64.extend_i32_u
           (i32.eqz
            (i32.and
             (i64.eq
              (i64.load offset=70360 align=1
               (i32.const 0)
              )
              (i64.extend_i32_u
               (local.get $6)
              )
             )
             (i64.eq
              (i64.load align=1
               (local.get $6)
              )
              (i64.load offset=70368 align=1
               (i32.const 0)
              )
             )
            )
           )
          )
         )
        )
        (then
         (i64.store align=1
          (local.get $6)
          (local.get $20)
         )
        )
       )
       (i64.store offset=70360 align=1
        (i32.const 0)
        (i64.const -1)
       )
       (local.set $21
        (local.get $12)
       )
       (if
        (i64.ne
         (local.get $21)
         (i64.const 0)
        )
        (then
         (br $block2)
        )
       )
       (br $block3)
      )
      (local.set $2
       (i32.sub
        (local.get $2)
        (i32.const 5)
       )
      )
      (@metadata.code.branch_hint "\00")
      (if
       (i32.eqz
        (i64.eqz
         (i64.and
          (local.get $17)
          (i64.const 3)
         )
        )
       )
       (then
        (local.set $2
         (i32.sub
          (local.get $2)
          (i32.const -5)
         )
        )
        (local.set $7
         (i32.const 1)
        )
        (local.set $10
         (i64.add
          (local.get $1)
          (i64.const 0)
         )
        )
        (br $block1)
       )
      )
      (local.set $6
       (i32.add
        (local.get $18)
        (i32.const 0)
       )
      )
      (local.set $11
       (i64.load32_s align=1
        (local.get $6)
       )
      )
      (i64.store32 align=1
       (local.get $6)
       (i64.add
        (local.get $11)
        (local.get $19)
       )
      )
      (local.set $20
       (local.get $11)
      )
      (@metadata.code.branch_hint "\00")
      (if
       (i32.eqz
        (i64.eqz
         (i64.and
          (local.get $17)
          (i64.const 7)
         )
        )
       )
       (then
        (local.set $2
         (i32.sub
          (local.get $2)
          (i32.const -4)
         )
        )
        (local.set $7
         (i32.const 1)
        )
        (local.set $10
         (i64.add
          (local.get $1)
          (i64.const 4)
         )
        )
        (br $block1)
       )
      )
      (local.set $6
       (i32.add
        (local.get $18)
        (i32.const 0)
       )
      )
      (local.set $11
       (i64.load align=1
        (local.get $6)
       )
      )
      (i64.store offset=70360 align=1
       (i32.const 0)
       (i64.extend_i32_u
        (local.get $6)
       )
      )
      (i64.store offset=70368 align=1
       (i32.const 0)
       (local.get $11)
      )
      (local.set $20
       (local.get $11)
      )
      (local.set $20
       (i64.add
        (local.get $20)
        (i64.const 1)
       )
      )
      (@metadata.code.branch_hint "\00")
      (if
       (i32.eqz
        (i64.eqz
         (i64.and
          (local.get $17)
          (i64.const 7)
         )
        )
       )
       (then
        (local.set $2
         (i32.sub
          (local.get $2)
          (i32.const -2)
         )
        )
        (local.set $7
         (i32.const 1)
        )
        (local.set $10
         (i64.add
          (local.get $1)
          (i64.const 12)
         )
        )
        (br $block1)
       )
      )
      (local.set $6
       (i32.add
        (local.get $18)
        (i32.const 0)
       )
      )
      (if
       (i64.eqz
        (local.tee $12
         (i64.extend_i32_u
          (i32.eqz
           (i32.and
            (i64.eq
             (i64.load offset=70360 align=1
              (i32.const 0)
             )
             (i64.extend_i32_u
              (local.get $6)
             )
            )
            (i64.eq
             (i64.load align=1
              (local.get $6)
             )
             (i64.load offset=70368 align=1
              (i32.const 0)
             )
            )
           )
          )
         )
        )
       )
       (then
        (i64.store align=1
         (local.get $6)
         (local.get $20)
        )
       )
      )
      (i64.store offset=70360 align=1
       (i32.const 0)
       (i64.const -1)
      )
      (local.set $21
       (local.get $12)
      )
      (if
       (i64.ne
        (local.get $21)
        (i64.const 0)
       )
       (then
        (@metadata.code.branch_hint "\00")
        (if
         (i32.lt_s
          (local.get $2)
          (i32.const 11)
         )
         (then
          (local.set $10
           (i64.add
            (local.get $1)
            (i64.const 0)
           )
          )
          (br $block1)
         )
        )
        (local.set $0
         (i32.const 0)
        )
        (br $label)
       )
      )
      (br $block3)
     )
     (local.set $2
      (i32.sub
       (local.get $2)
       (i32.const 1)
      )
     )
     (@metadata.code.branch_hint "\00")
     (if
      (i32.lt_s
       (local.get $2)
       (i32.const 11)
      )
      (then
       (local.set $10
        (i64.add
         (local.get $1)
         (i64.const 0)
        )
       )
       (br $block1)
      )
     )
     (local.set $0
      (i32.const 0)
     )
     (br $label)
    )
   )
  )
  (i64.store offset=69672 align=1
   (i32.const 0)
   (local.get $20)
  )
  (i64.store offset=69680 align=1
   (i32.const 0)
   (local.get $21)
  )
  (i32.store offset=70412 align=1
   (i32.const 0)
   (local.get $2)
  )
  (i64.store offset=70144 align=1
   (i32.const 0)
   (local.get $10)
  )
  (local.get $7)
 )
)
